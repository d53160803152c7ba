package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code listen --relay unix:FILE}. */
final class UnixTargetTest {
    @TempDir
    private Path directory;

    private static RunningCommand relay(Path file) {
        return RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0,0", "--relay", "unix:" + file);
    }

    private ServerSocketChannel service() throws IOException {
        ServerSocketChannel service = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        service.bind(UnixDomainSocketAddress.of(directory.resolve("service")));
        return service;
    }

    /** The service hears the end of the question, and its answer comes after that. */
    @Test
    void shouldCarryEveryByteBothWays() throws Exception {
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        try (ServerSocketChannel service = service();
                RunningCommand relay = relay(directory.resolve("service"));
                RunningCommand client = RunningCommand.start(relay.addresses(), "connect")) {
            CompletableFuture<byte[]> heard = CompletableFuture.supplyAsync(() -> {
                try (SocketChannel connection = service.accept()) {
                    byte[] question = Channels.newInputStream(connection).readAllBytes();
                    Channels.newOutputStream(connection).write(question);
                    return question;
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            client.sendAll(bytes);

            assertThat(client.output().readAllBytes()).as(client.stderr()).isEqualTo(bytes);
            assertThat(heard.join()).isEqualTo(bytes);
            assertThat(client.exitCode()).as(client.stderr()).isZero();
            assertThat(relay.isRunning()).isTrue();
        }
    }

    /** As with a TCP service that does not listen yet. */
    @Test
    void shouldTellTheClientAndTheLogThatThereIsNoServiceUntilThereIsOne() throws Exception {
        Path file = directory.resolve("service");
        try (RunningProcess relay =
                RunningProcess.start("listen", "--bind", "127.0.0.1", "-p", "0,0", "--relay", "unix:" + file)) {
            try (RunningCommand client = RunningCommand.start(relay.addresses(), "connect")) {
                client.sendAll(new byte[] {1});

                assertThat(client.exitCode()).isEqualTo(1);
                assertThat(client.stderr())
                        .contains("cannot connect to unix:" + file)
                        .hasLineCount(1);
            }
            await().atMost(RunningCommand.TIME_LIMIT)
                    .untilAsserted(() -> assertThat(relay.stderr()).contains("relay: cannot connect to unix:" + file));

            try (ServerSocketChannel service = service();
                    RunningCommand client = RunningCommand.start(relay.addresses(), "connect")) {
                client.input().write(1);
                client.input().flush();
                try (SocketChannel connection = service.accept()) {
                    assertThat(Channels.newInputStream(connection).read()).isEqualTo(1);
                }
            }
        }
    }

    /** Who waits for the rest of a question is let go. */
    @Test
    void shouldEndTheConnectionOfASessionThatIsCut() throws Exception {
        try (ServerSocketChannel service = service();
                RunningCommand relay = relay(directory.resolve("service"));
                RunningCommand client = RunningCommand.start(relay.addresses(), "connect")) {
            client.input().write(1);
            client.input().flush();
            try (SocketChannel connection = service.accept()) {
                assertThat(Channels.newInputStream(connection).read()).isEqualTo(1);
                client.breakInput();

                assertThat(client.exitCode()).isEqualTo(1);
                assertThat(Channels.newInputStream(connection).read()).isEqualTo(-1);
            }
        }
    }
}
