package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.testing.EventLoops;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the commands say when the network takes a session away. */
final class LostSessionTest {
    private final EventLoopGroup loop = Transport.forRelays().newEventLoop("paths");

    @AfterEach
    void stop() {
        EventLoops.shutDown(loop);
    }

    @Test
    void shouldFailBothEndsWhenEveryPathIsReset() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--resume", "0", "--bind", "127.0.0.1");
                PathEmulator path = PathEmulator.start(loop, PathSettings.unlimited(), address(server));
                RunningCommand client = RunningCommand.start(
                        "connect",
                        "--resume",
                        "0",
                        "-q",
                        "never",
                        "127.0.0.1:" + path.address().getPort())) {
            client.input().write(1);
            assertThat(server.output().read()).isEqualTo(1);
            path.down();

            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).startsWith("multipath: ").hasLineCount(1);
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.output().read()).isEqualTo(-1);
        }
    }

    @Test
    void shouldGoOnWhenOneOfTwoPathsIsReset() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0", "--bind", "127.0.0.1", "--echo");
                PathEmulator one = PathEmulator.start(loop, PathSettings.unlimited(), address(server));
                PathEmulator other = PathEmulator.start(loop, PathSettings.unlimited(), address(server));
                RunningCommand client = RunningCommand.start(
                        "connect",
                        "--stats",
                        "1",
                        "127.0.0.1:" + one.address().getPort(),
                        "127.0.0.1:" + other.address().getPort())) {
            client.input().write(1);
            assertThat(client.output().read()).isEqualTo(1);
            // The session is that of whichever path answered first; the other joins in its time.
            await().atMost(Duration.ofSeconds(30)).until(() -> activeInLastTable(client) == 2);
            one.down();
            client.sendAll(new byte[] {2, 3});

            assertThat(client.output().readAllBytes()).containsExactly(2, 3);
            assertThat(client.exitCode()).isZero();
        }
    }

    private static long activeInLastTable(RunningCommand command) {
        List<String> lines = command.stderr()
                .lines()
                .filter(line -> !line.contains("  transport: "))
                .toList();
        return lines.subList(Math.max(0, lines.size() - 2), lines.size()).stream()
                .filter(line -> line.contains(" ACTIVE "))
                .count();
    }

    private static InetSocketAddress address(RunningCommand server) {
        HostPort address = HostPort.parse(server.addresses().get(0));
        return new InetSocketAddress(address.host(), address.port());
    }
}
