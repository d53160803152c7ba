package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code -v} tells of paths. */
final class VerboseTest {

    /** Two processes where there should be one, as behind a load balancer. */
    @Test
    void shouldTellOnceThatAPathLeadsToAnotherProcess() throws Exception {
        try (RunningProcess one = RunningProcess.start("listen", "-v", "--bind", "127.0.0.1", "--echo");
                RunningProcess other = RunningProcess.start("listen", "-v", "--bind", "127.0.0.1", "--echo");
                RunningProcess client = RunningProcess.start(
                        "connect",
                        "-v",
                        "-q",
                        "never",
                        one.addresses().get(0),
                        other.addresses().get(0))) {
            String reason = "which does not know the session: another process has answered";
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> client.stderr().contains(reason)
                            && (one.stderr() + other.stderr()).contains("refused: there is no session"));

            client.input().write('x');
            client.input().flush();
            assertThat(client.output().read()).isEqualTo('x');
            List<String> lines = client.stderr()
                    .lines()
                    .filter(line -> line.contains(reason))
                    .toList();
            assertThat(lines).hasSize(1).first().asString().contains(" path 127.0.0.1:");
        }
    }

    /** With a few bytes for each of its lines who has a session could fill the disk. */
    @Test
    void shouldNotTellAllThatAPeerSaysOfItsPath() throws Exception {
        int times = 20_000;
        try (RunningProcess server = RunningProcess.start("listen", "-v", "--bind", "127.0.0.1", "--echo");
                Socket peer = new Socket(
                        "127.0.0.1", HostPort.parse(server.addresses().get(0)).port())) {
            ByteBuffer words = ByteBuffer.allocate(64 + 9 * times);
            // docs/PROTOCOL.md section 9: a preface, the extended profile, HELLO; and whether path 0 is a backup.
            words.put(new byte[17]).put(bytes("0002")).put(bytes("0c020017800800008000ea601000"));
            for (int i = 1; i <= times; i++) {
                words.put(bytes("070801")).putInt(0x80000000 | i).put((byte) 0).put((byte) (i % 2));
            }
            peer.getOutputStream().write(words.array(), 0, words.position());
            peer.shutdownOutput();
            // When it has read all that.
            peer.getInputStream().readAllBytes();
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> server.stderr().contains("status_changed"));
            assertThat(server.stderr().lines().count()).isLessThan(10 * LineAllowance.BURST_LINES);
        }
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
