package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code listen} and {@code connect} with their standard streams, over real sockets. */
final class StandardStreamsTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    @Test
    void shouldPrintTheEchoAndEndWhenStandardInputEnds() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "--echo");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            client.sendAll(HELLO);

            assertThat(client.output().readAllBytes()).isEqualTo(HELLO);
            assertThat(client.exitCode()).isZero();
            assertThat(client.stderr()).isEmpty();
            assertThat(server.isRunning()).isTrue();
        }
    }

    @Test
    void shouldKeepEveryByteWhenPipedOverTwoPaths() throws Exception {
        byte[] data = randomBytes(32 << 20);
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-x", "2")) {
            client.sendAll(data);

            assertThat(server.output().readAllBytes()).isEqualTo(data);
            assertThat(server.exitCode()).isZero();
            assertThat(client.exitCode()).isZero();
        }
    }

    @Test
    void shouldCarryBothDirectionsAtOnce() throws Exception {
        byte[] up = randomBytes(4 << 20);
        byte[] down = randomBytes(3 << 20);
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            client.sendAll(up);
            server.sendAll(down);
            CompletableFuture<byte[]> received = readAll(client);

            assertThat(server.output().readAllBytes()).isEqualTo(up);
            assertThat(received.get(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(down);
            assertThat(server.exitCode()).isZero();
            assertThat(client.exitCode()).isZero();
        }
    }

    @Test
    void shouldNotGiveUpOnAReaderThatIsSlowerThanTheQuietLimit() throws Exception {
        byte[] data = randomBytes(24 << 20);
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "-q", "100ms");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-q", "100ms")) {
            CompletableFuture<Void> sent = server.sendAll(data);
            client.input().close();
            byte[] first = client.output().readNBytes(1000);
            // Full of what nobody takes, both ends are older than their limits.
            await().during(Duration.ofSeconds(3))
                    .atMost(RunningCommand.TIME_LIMIT)
                    .until(client::isRunning);
            byte[] rest = client.output().readAllBytes();

            assertThat(sent).succeedsWithin(RunningCommand.TIME_LIMIT);
            assertThat(first.length + rest.length)
                    .as(
                            "client %d %s server %d %s",
                            client.exitCode(), client.stderr(), server.exitCode(), server.stderr())
                    .isEqualTo(data.length);
            assertThat(rest).isEqualTo(Arrays.copyOfRange(data, first.length, data.length));
            assertThat(client.exitCode()).isZero();
            assertThat(server.exitCode()).isZero();
        }
    }

    @Test
    void shouldRefuseASecondSession() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--bind", "127.0.0.1");
                RunningCommand first = RunningCommand.start(server.addresses(), "connect", "-q", "never")) {
            first.input().write(HELLO);
            assertThat(server.output().readNBytes(HELLO.length)).isEqualTo(HELLO);

            try (RunningCommand second = RunningCommand.start(server.addresses(), "connect")) {
                second.input().write(HELLO);
                assertThat(second.output().readAllBytes()).isEmpty();
                assertThat(second.exitCode()).isEqualTo(1);
                assertThat(second.stderr()).contains("standard input and output serve only the first session");
            }
            assertThat(first.isRunning()).isTrue();
            assertThat(server.isRunning()).isTrue();
        }
    }

    @Test
    void shouldEndWhenThePeerCloses() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "-q", "0");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            server.sendAll(HELLO);

            assertThat(client.output().readAllBytes()).isEqualTo(HELLO);
            assertThat(client.exitCode()).isZero();
            assertThat(server.exitCode()).isZero();
        }
    }

    @Test
    void shouldGiveUpAtBothEndsWhenIdle() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--bind", "127.0.0.1");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-i", "5s")) {
            client.input().write(HELLO);
            assertThat(server.output().readNBytes(HELLO.length)).isEqualTo(HELLO);

            assertThat(client.output().readAllBytes()).isEmpty();
            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).contains("nothing moved for 5.0 s").hasLineCount(1);
            // Its input is open: what has come is not all.
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.stderr()).contains("nothing moved for 5.0 s");
        }
    }

    @Test
    void shouldFailInOneLineWhenStandardOutputBreaks() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--bind", "127.0.0.1", "--echo");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            client.output().close();
            client.input().write(HELLO);

            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr())
                    .startsWith("multipath: standard output: ")
                    .hasLineCount(1);
        }
    }

    /** Else it would wait for the acknowledgement of what the peer has no room for. */
    @Test
    void shouldNotWaitForAPeerThatReadsNothingWhenStandardOutputBreaks() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            CompletableFuture<Void> sending = client.sendAll(new byte[64 << 20]);
            assertThat(server.output().read()).isZero();
            await().during(Duration.ofSeconds(1))
                    .atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> !sending.isDone());
            client.output().close();
            server.input().write(HELLO);

            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).startsWith("multipath: standard output: ");
        }
    }

    @Test
    void shouldPrintTheTableOfPathsWhenAskedFor() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "--echo");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "--stats", "60")) {
            client.sendAll(HELLO);

            assertThat(client.output().readAllBytes()).isEqualTo(HELLO);
            assertThat(client.exitCode()).isZero();
            // Where the transport below tells of itself, a line more for each.
            List<String> lines = client.stderr()
                    .lines()
                    .filter(line -> !line.contains("  transport: "))
                    .toList();
            assertThat(lines).hasSize(2).allMatch(line -> line.startsWith("session 1: 127.0.0.1:"));
            // As it was before the end, which takes every path down.
            assertThat(lines).anyMatch(line -> line.contains(" ACTIVE "));
        }
    }

    @Test
    void shouldPrintWhyAPathFailedBelowTheTable() throws Exception {
        String nowhere = "127.0.0.1:" + closedPort();
        try (RunningCommand server = RunningCommand.start("listen", "-p", "0", "--bind", "127.0.0.1", "--echo");
                RunningCommand client = RunningCommand.start(
                        "connect", "--stats", "60", nowhere, server.addresses().get(0))) {
            client.sendAll(HELLO);

            assertThat(client.output().readAllBytes()).isEqualTo(HELLO);
            assertThat(client.exitCode()).isZero();
            assertThat(client.stderr().lines())
                    .anyMatch(line -> line.startsWith("session 1: " + nowhere + "  last failure ")
                            && line.contains(" s ago: ")
                            && line.contains("Connection refused"));
        }
    }

    /** Nobody listens there any more. */
    private static int closedPort() throws IOException {
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return closed.getLocalPort();
        }
    }

    private static CompletableFuture<byte[]> readAll(RunningCommand command) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return command.output().readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
