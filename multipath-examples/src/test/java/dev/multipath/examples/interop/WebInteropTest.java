package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.examples.web.PortUnification;
import dev.multipath.examples.web.WebService;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The Go client talks HTTP at the two ports of a server that plain clients use at the same time. */
@RequiresGo
class WebInteropTest {

    private static final int BODY_BYTES = 300_000;
    private static final Duration TIME_LIMIT = Duration.ofSeconds(60);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());

    @AfterEach
    void stop() {
        threads.shutdownNow();
        EventLoops.shutDown(group);
    }

    @Test
    void shouldServeAGoClientAndPlainClientsOnTheSamePorts() throws Exception {
        // Before the time runs: on a fresh and busy machine this alone may take minutes.
        Path program = GoPeer.build();
        try (MultipathAcceptor acceptor = MultipathAcceptor.builder(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        WebService.addTo(session.pipeline());
                    }
                })
                .build()) {
            int first = listen(acceptor);
            int second = listen(acceptor);
            byte[] body = new byte[BODY_BYTES];
            new Random(BODY_BYTES).nextBytes(body);
            CompletableFuture<byte[]> plain = CompletableFuture.supplyAsync(() -> postPlain(first, body), threads);
            CompletableFuture<byte[]> go =
                    CompletableFuture.supplyAsync(() -> postByGo(program, first, second, body), threads);
            assertThat(plain).succeedsWithin(TIME_LIMIT).isEqualTo(body);
            assertThat(go).succeedsWithin(TIME_LIMIT);
            byte[] answer = go.join();
            assertThat(new String(answer, 0, 15, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.0 200 OK");
            assertThat(Arrays.copyOfRange(answer, answer.length - BODY_BYTES, answer.length))
                    .isEqualTo(body);
        }
    }

    private int listen(MultipathAcceptor acceptor) throws InterruptedException {
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection.pipeline().addLast(new PortUnification(acceptor, null, WebService::addTo));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private static byte[] postPlain(int port, byte[] body) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                                    .version(HttpClient.Version.HTTP_1_1)
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                    .build(),
                            BodyHandlers.ofByteArray())
                    .body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** By standard input and output of the Go program, until the server closes after its answer. */
    private static byte[] postByGo(Path program, int firstPort, int secondPort, byte[] body) {
        Process client = null;
        try {
            client = new ProcessBuilder(
                            program.toString(),
                            "client",
                            "-connect",
                            "127.0.0.1:" + firstPort + ",127.0.0.1:" + secondPort,
                            "-mode",
                            "pipe",
                            "-idle",
                            TIME_LIMIT.toSeconds() + "s",
                            "-timeout",
                            TIME_LIMIT.toSeconds() + "s")
                    .redirectError(program.resolveSibling("web.log").toFile())
                    .start();
            OutputStream input = client.getOutputStream();
            input.write(("POST / HTTP/1.0\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            input.write(body);
            input.flush();
            return client.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            if (client != null) {
                client.destroyForcibly();
            }
        }
    }
}
