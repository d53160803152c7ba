package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.proxy.Socks5ProxyHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Proxies that a client dials through, and that do anything but their duty. */
class HostileProxyTest {

    /** Long enough for what is answered; what goes on for ever is given up by then. */
    private static final int TIMEOUT_MILLIS = 1500;

    private static final int CHUNKS = 5000;

    private static final String METHOD = "\5\0";
    private static final String SOCKS_SUCCESS = "\5\0\0\1\177\0\0\1\0\1";
    private static final String HTTP_SUCCESS = "HTTP/1.1 200 OK\r\n\r\n";

    /** What it answers to each thing that it is told, and what it does then. */
    enum Manner {
        SOCKS_CLOSES(true, Then.CLOSES),
        SOCKS_RESETS_AFTER_METHOD(true, Then.RESETS, METHOD),
        SOCKS_ENDS_AFTER_METHOD(true, Then.ENDS, METHOD),
        SOCKS_WANTS_A_PASSWORD(true, Then.WAITS, "\5\2"),
        SOCKS_ANSWERS_BY_HALF(true, Then.WAITS, METHOD, "\5\0\0\3\377a"),
        SOCKS_DRIBBLES(true, Then.DRIBBLES, METHOD, "\5\0\0\3\377"),
        SOCKS_SUCCEEDS_TWICE(true, Then.WAITS, METHOD, SOCKS_SUCCESS + SOCKS_SUCCESS),
        SOCKS_SUCCEEDS_AND_ENDS(true, Then.ENDS, METHOD, SOCKS_SUCCESS),
        SOCKS_SAYS_ALL_AT_ONCE(true, Then.POURS, METHOD + SOCKS_SUCCESS + "\0".repeat(17)),
        HTTP_CLOSES(false, Then.CLOSES),
        HTTP_ENDS_IN_ITS_STATUS(false, Then.ENDS, "HTTP/1.1 20"),
        HTTP_NEVER_ENDS_A_HEADER(false, Then.POURS, "HTTP/1.1 200 OK\r\nA: "),
        HTTP_DRIBBLES_A_HEADER(false, Then.DRIBBLES, "HTTP/1.1 200 OK\r\nA: "),
        HTTP_NEVER_ENDS_A_BODY(false, Then.POURS, "HTTP/1.1 407 No\r\nContent-Length: 1000000000\r\n\r\n"),
        HTTP_SUCCEEDS_TWICE(false, Then.WAITS, HTTP_SUCCESS + HTTP_SUCCESS),
        HTTP_SUCCEEDS_AND_POURS(false, Then.POURS, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");

        private final boolean isSocks;
        private final Then then;
        private final String[] answers;

        Manner(boolean isSocks, Then then, String... answers) {
            this.isSocks = isSocks;
            this.then = then;
            this.answers = answers;
        }
    }

    private enum Then {
        CLOSES,
        RESETS,
        ENDS,
        WAITS,
        DRIBBLES,
        POURS
    }

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private ServerSocket proxy;

    @BeforeEach
    void listen() throws IOException {
        proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        threads.shutdownNow();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    private void accept(Manner manner) {
        try {
            while (true) {
                Socket client = proxy.accept();
                threads.execute(() -> serve(manner, client));
            }
        } catch (IOException e) {
            assertThat(proxy.isClosed()).isTrue();
        }
    }

    private static void serve(Manner manner, Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] told = new byte[1024];
            for (String answer : manner.answers) {
                if (in.read(told) < 0) {
                    return;
                }
                out.write(answer.getBytes(ISO_8859_1));
            }
            switch (manner.then) {
                case CLOSES -> {}
                case RESETS -> client.setSoLinger(true, 0);
                case ENDS -> client.shutdownOutput();
                case WAITS -> {}
                case DRIBBLES -> pour(out, 1, 50);
                case POURS -> pour(out, 1 << 16, 0);
            }
            if (manner.then != Then.CLOSES && manner.then != Then.RESETS) {
                in.transferTo(OutputStream.nullOutputStream());
            }
        } catch (IOException | InterruptedException e) {
            // The client has had enough.
            return;
        }
    }

    private static void pour(OutputStream out, int bytes, long pauseMillis) throws IOException, InterruptedException {
        for (int i = 0; i < CHUNKS; i++) {
            out.write(new byte[bytes]);
            Thread.sleep(pauseMillis);
        }
    }

    /** Soon, with the reason, and without anything that is left: of what comes nothing is kept. */
    @ParameterizedTest
    @EnumSource
    void shouldFail(Manner manner) throws Exception {
        threads.execute(() -> accept(manner));
        Function<InetSocketAddress, ChannelHandler> handler =
                manner.isSocks ? Socks5ProxyHandler::new : HttpProxyHandler::new;
        InetSocketAddress address = (InetSocketAddress) proxy.getLocalSocketAddress();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Recorder client = new Recorder();
            ChannelFuture connecting = peers.clientBootstrap(client)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, TIMEOUT_MILLIS)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            Peers.tracking(peers.clientSubflows).withInitializer(subflow -> subflow.pipeline()
                                    .addLast(handler.apply(address))))
                    .connect(MultipathAddress.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9)));

            assertThat(connecting.await(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(connecting.cause()).isInstanceOf(AllPathsFailedException.class);
            assertThat(client.exceptions()).isEmpty();
            eventually().until(peers.clientSubflows::isEmpty);
        }
    }
}
