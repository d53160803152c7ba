package dev.multipath.transport.mptcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The way by {@code java.lang.foreign}, from a build on Java 17: by a newer JDK, if there is one beside it. */
class NewerJdkTest {

    /** Where Linux distributions put them. */
    private static final Path JDKS = Path.of("/usr/lib/jvm");

    private static Optional<Path> newerJava() throws IOException {
        if (Runtime.version().feature() >= 22) {
            return Optional.of(PeerProcess.ownJava());
        }
        if (!Files.isDirectory(JDKS)) {
            return Optional.empty();
        }
        try (Stream<Path> found = Files.list(JDKS)) {
            return found.filter(NewerJdkTest::isNewer)
                    .map(home -> home.resolve("bin/java"))
                    .findFirst();
        }
    }

    private static boolean isNewer(Path home) {
        try {
            return Files.readAllLines(home.resolve("release")).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION=\""))
                    .mapToInt(line -> Integer.parseInt(line.replaceAll("[^0-9]+([0-9]+).*", "$1")))
                    .anyMatch(feature -> feature >= 22);
        } catch (IOException | NumberFormatException e) {
            return false;
        }
    }

    /** JDK 21 has a preview of it, and a warning at each start of whoever asks. */
    @Test
    void shouldLeaveThePreviewAlone() {
        assertThatThrownBy(() -> ForeignSockets.lookUp(21))
                .isInstanceOf(ClassNotFoundException.class)
                .hasMessageContaining("not before JDK 22");
    }

    @Test
    void shouldCarryBytesByMptcp() throws Exception {
        assumeTrue(Mptcp.isAvailable(), () -> "no MPTCP: " + Mptcp.unavailability());
        Optional<Path> java = newerJava();
        assumeTrue(java.isPresent(), () -> "no JDK 22 or later in " + JDKS);
        try (PeerProcess listener =
                new PeerProcess(List.of(), java.get(), "server", "required", "127.0.0.1", "0", "plain")) {
            String port = listener.awaitPort();
            try (PeerProcess peer =
                    new PeerProcess(List.of(), java.get(), "client", "required", "127.0.0.1", port, "plain")) {
                assertThat(peer.await(line -> line.startsWith("mptcp="))).startsWith("mptcp=true");
                peer.awaitReceived(10);
            }
        }
    }
}
