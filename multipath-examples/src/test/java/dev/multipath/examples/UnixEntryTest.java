package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code connect --listen unix:FILE}. */
final class UnixEntryTest {
    @TempDir
    private Path directory;

    private static RunningCommand server() {
        return RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo");
    }

    private static RunningCommand entry(RunningCommand server, Path file) {
        return RunningCommand.start(server.addresses(), "connect", "--listen", "unix:" + file);
    }

    private static SocketChannel connect(Path file) {
        await().atMost(RunningCommand.TIME_LIMIT).ignoreExceptions().until(() -> {
            SocketChannel.open(UnixDomainSocketAddress.of(file)).close();
            return true;
        });
        try {
            return SocketChannel.open(UnixDomainSocketAddress.of(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldCarryEveryByteAndLeaveNoFile() throws Exception {
        Path file = directory.resolve("entry");
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        try (RunningCommand server = server();
                RunningCommand entry = entry(server, file)) {
            try (SocketChannel client = connect(file)) {
                CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                    try {
                        for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
                            client.write(rest);
                        }
                        client.shutdownOutput();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
                ByteArrayOutputStream heard = new ByteArrayOutputStream();
                InputStream in = Channels.newInputStream(client);
                in.transferTo(heard);
                sending.join();
                assertThat(heard.toByteArray()).isEqualTo(bytes);
            }
            assertThat(entry.stderr()).isEmpty();
            entry.stop();
            await().atMost(RunningCommand.TIME_LIMIT).until(() -> !Files.exists(file));
        }
    }

    @Test
    void shouldTakeThePlaceOfADeadSocketOnly() throws Exception {
        Path dead = directory.resolve("dead");
        try (ServerSocketChannel predecessor = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            predecessor.bind(UnixDomainSocketAddress.of(dead));
        }
        assertThat(dead).exists();
        Path used = directory.resolve("used");
        Path file = Files.writeString(directory.resolve("file"), "mine");
        try (RunningCommand server = server();
                ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            try (RunningCommand entry = entry(server, dead);
                    SocketChannel client = connect(dead)) {
                assertThat(client.isConnected()).isTrue();
                assertThat(entry.isRunning()).isTrue();
            }
            other.bind(UnixDomainSocketAddress.of(used));
            for (Path taken : new Path[] {used, file}) {
                try (RunningCommand entry = entry(server, taken)) {
                    assertThat(entry.exitCode()).isEqualTo(1);
                    assertThat(entry.stderr())
                            .contains("cannot listen on unix:" + taken)
                            .hasLineCount(1);
                }
            }
            assertThat(used).exists();
            assertThat(file).hasContent("mine");
        }
    }
}
