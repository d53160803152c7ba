package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.examples.testing.TestCertificate;
import io.netty.handler.codec.quic.Quic;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code listen} and {@code connect} over QUIC. */
final class QuicTunnelTest {
    private static final String WORDS = "by whatever comes through";

    @TempDir
    private static Path directory;

    private static String certificate;
    private static String key;

    @BeforeAll
    static void makeCertificate() throws Exception {
        assumeTrue(Quic.isAvailable(), () -> "no QUIC: " + Quic.unavailabilityCause());
        TestCertificate server = TestCertificate.make(Files.createDirectory(directory.resolve("server")));
        certificate = server.writeCertificate(directory.resolve("server.pem")).toString();
        key = server.writeKey(directory.resolve("server.key")).toString();
    }

    private static RunningCommand connect(List<String> addresses, String transport) {
        return RunningCommand.start(
                addresses, "connect", "--transport", transport, "--ca", certificate, "--server-name", "localhost");
    }

    @ParameterizedTest
    @CsvSource({
        "quic, quic, true",
        "prefer-quic, quic, true",
        "prefer-quic, tcp, true",
        "prefer-quic, prefer-quic, true",
        "tcp, prefer-quic, true",
        "quic, tcp, false"
    })
    void shouldCarryEveryByte(String listening, String connecting, boolean through) throws Exception {
        List<String> server = Stream.of(
                        "listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo", "--transport", listening)
                .toList();
        try (RunningCommand listener = RunningCommand.start(
                        List.of("--cert", certificate, "--key", key), server.toArray(String[]::new));
                RunningCommand client = connect(listener.addresses(), connecting)) {
            if (through) {
                client.sendAll(WORDS.getBytes(StandardCharsets.UTF_8));
                assertThat(new String(client.output().readAllBytes(), StandardCharsets.UTF_8))
                        .as(client.stderr())
                        .isEqualTo(WORDS);
            }
            assertThat(client.exitCode()).as(client.stderr()).isEqualTo(through ? 0 : 1);
        }
    }
}
