package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import dev.multipath.transport.websocket.WebSocketTransport;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that say what is right, byte by byte, and never come to its end: no byte prolongs their time, on any listener. */
class SlowClientTest {

    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofMillis(600);

    /** Few enough come in that time for no opening to be complete. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final int CLIENTS = 4;

    private static final String WEB_PATH = "/multipath";

    private static final String UPGRADE = "GET " + WEB_PATH + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

    /** Two bytes of a masked frame's header, four of its mask. */
    private static final String WEB_FRAME = "829100000000";

    @TempDir
    private java.nio.file.Path directory;

    /** What is listened on, what is said at once, and what is said slowly; zeros behind it. */
    enum Opening {
        PREFACE("", ""),
        PREFACE_AT_A_UNIX_SOCKET("", ""),
        CLIENT_HELLO("", "1603010200010001fc0303"),
        HTTP_REQUEST("", hex(UPGRADE)),
        WEBSOCKET_FRAME(hex(UPGRADE + "\r\n"), WEB_FRAME),
        EMPTY_WEBSOCKET_FRAMES(hex(UPGRADE + "\r\n"), "828000000000".repeat(3));

        private final byte[] atOnce;
        private final byte[] slowly;

        Opening(String atOnce, String slowly) {
            this.atOnce = HexFormat.of().parseHex(atOnce);
            this.slowly = Arrays.copyOf(HexFormat.of().parseHex(slowly), 10_000);
        }

        private static String hex(String text) {
            return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
        }

        private SubflowTransport serverTransport(Peers peers) throws SSLException {
            SubflowTransport plain = Peers.tracking(peers.serverSubflows);
            return switch (this) {
                case PREFACE, PREFACE_AT_A_UNIX_SOCKET -> plain;
                case CLIENT_HELLO -> plain.withTls(TlsSetup.mutualServer(SslProvider.JDK));
                case HTTP_REQUEST, WEBSOCKET_FRAME, EMPTY_WEBSOCKET_FRAMES ->
                    new WebSocketTransport(plain, (TlsConfig) null, WEB_PATH);
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeClosedInTime(Opening opening) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            SocketAddress local = opening == Opening.PREFACE_AT_A_UNIX_SOCKET
                    ? UnixDomainSocketAddress.of(directory.resolve("listener"))
                    : peers.transport.ephemeral();
            peers.listenOn(
                    peers.serverBootstrap(Echo::new)
                            .option(MultipathChannelOption.SUBFLOW_TRANSPORT, opening.serverTransport(peers))
                            .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, HANDSHAKE_TIMEOUT),
                    MultipathAddress.of(local));
            SocketAddress listening =
                    peers.server().localAddress().paths().get(0).remote();
            List<SocketChannel> slow = new ArrayList<>();
            long begunNanos = System.nanoTime();
            for (int i = 0; i < CLIENTS; i++) {
                slow.add(open(listening, opening.atOnce));
            }
            int said = 0;
            while (!slow.isEmpty()) {
                assertThat(Duration.ofNanos(System.nanoTime() - begunNanos)).isLessThan(Waiting.PATIENCE);
                Thread.sleep(PAUSE.toMillis());
                byte next = opening.slowly[said++];
                slow.removeIf(client -> isClosed(client, next));
            }

            assertThat(Duration.ofNanos(System.nanoTime() - begunNanos)).isGreaterThanOrEqualTo(HANDSHAKE_TIMEOUT);
            peers.awaitNothingLeft();
        }
    }

    /** An upgrade is answered before anything else is said; again, should its time be over by then. */
    private static SocketChannel open(SocketAddress listening, byte[] atOnce) throws IOException {
        SocketChannel client = SocketChannel.open(listening);
        client.write(ByteBuffer.wrap(atOnce));
        ByteBuffer answer = ByteBuffer.allocate(1000);
        while (atOnce.length > 0 && !new String(answer.array(), StandardCharsets.US_ASCII).contains("\r\n\r\n")) {
            if (client.read(answer) < 0) {
                client.close();
                return open(listening, atOnce);
            }
        }
        client.configureBlocking(false);
        return client;
    }

    /** Says one byte more, if it is not. */
    private static boolean isClosed(SocketChannel client, byte next) {
        try {
            client.write(ByteBuffer.wrap(new byte[] {next}));
            if (client.read(ByteBuffer.allocate(1000)) >= 0) {
                return false;
            }
        } catch (IOException reset) {
            // That is an end.
        }
        try {
            client.close();
        } catch (IOException e) {
            // It is.
        }
        return true;
    }
}
