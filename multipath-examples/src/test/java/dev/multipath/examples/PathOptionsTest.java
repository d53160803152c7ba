package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a user can say of the paths of {@code connect}, and what becomes of it. */
final class PathOptionsTest {
    private static RunningCommand server() {
        return RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo");
    }

    private static void assertEchoes(RunningCommand client, byte[] bytes) throws Exception {
        client.sendAll(bytes);
        assertThat(client.output().readAllBytes()).as(client.stderr()).isEqualTo(bytes);
        assertThat(client.exitCode()).as(client.stderr()).isZero();
    }

    /** The other is capped, so that without that word the second would carry the most. It may help while the first is late. */
    @Test
    void shouldKeepABackupForWhenNoOtherDelivers() throws Exception {
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand client = RunningCommand.start(
                    "connect",
                    "--stats",
                    "never",
                    "main=" + addresses.get(0) + ",rate=1MB",
                    "spare=" + addresses.get(1) + ",backup")) {
                assertEchoes(client, new byte[2 << 20]);

                assertThat(framesSent(client.stderr(), "spare")).isLessThan(framesSent(client.stderr(), "main") / 4);
            }
        }
    }

    /** A quota that is used up leaves the rest to the others; so does a rate. */
    @Test
    void shouldKeepToAQuota() throws Exception {
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand client = RunningCommand.start(
                    "connect",
                    "--stats",
                    "never",
                    "metered=" + addresses.get(0) + ",quota=300kB",
                    "flat=" + addresses.get(1) + ",rate=50MB,weight=2,cost=0")) {
                assertEchoes(client, new byte[2 << 20]);

                assertThat(framesSent(client.stderr(), "flat")).isPositive();
            }
        }
    }

    private static long framesSent(String stats, String label) {
        Matcher line =
                Pattern.compile("session 1: " + label + " .* SENT: +(\\d+)/").matcher(stats);
        assertThat(line.find()).as(stats).isTrue();
        return Long.parseLong(line.group(1));
    }

    /** An interface that is not there is a path that is down, as long as another works. */
    @Test
    void shouldLeaveByInterfaces() throws Exception {
        String loopback = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"))
                .getName();
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand client = RunningCommand.start(
                    addresses, "connect", "--stats", "never", "--pair", "--interface", loopback + ",nowhere0")) {
                assertEchoes(client, "by interface".getBytes(StandardCharsets.US_ASCII));
                assertThat(client.stderr())
                        .containsPattern(Pattern.quote(loopback + ">" + addresses.get(0)) + " +ACTIVE")
                        .contains("interface nowhere0 is not there");
            }
        }
    }
}
