package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.Path;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.websocket.WebSocketTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Pings of WebSockets, which anybody can send who has asked for one, and who need not read what is answered. */
class WebSocketPingsTest {

    private static final String PATH = "/multipath";
    private static final int BUFFER_BYTES = 4 << 10;

    /** A Ping of a client, and a mask that changes nothing. */
    private static final byte[] EMPTY_PING = {(byte) 0x89, (byte) 0x80, 0, 0, 0, 0};

    private static byte[] ping(byte... payload) {
        byte[] ping = Arrays.copyOf(EMPTY_PING, EMPTY_PING.length + payload.length);
        ping[1] |= (byte) payload.length;
        System.arraycopy(payload, 0, ping, EMPTY_PING.length, payload.length);
        return ping;
    }

    private static void upgrade(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: "
                                + WebSocketTransport.SUBPROTOCOL
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int end = 0;
        while (end != 0x0d0a0d0a) {
            end = end << 8 | in.readUnsignedByte();
        }
    }

    /** So that the kernel does not take them all. */
    private static SubflowTransport small(Peers peers) {
        return Peers.tracking(peers.serverSubflows).withInitializer(subflow -> {
            if (subflow instanceof SocketChannel) {
                subflow.config().setOption(ChannelOption.SO_SNDBUF, BUFFER_BYTES);
            }
        });
    }

    private static Socket connect(Peers peers) throws Exception {
        peers.listen(
                peers.serverBootstrap(Recorder::new)
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                new WebSocketTransport(small(peers), null, PATH)),
                1);
        Path path = peers.server().localAddress().paths().get(0);
        Socket socket = new Socket();
        socket.setReceiveBufferSize(BUFFER_BYTES);
        socket.connect(new InetSocketAddress("127.0.0.1", ((InetSocketAddress) path.remote()).getPort()));
        socket.setSoTimeout((int) Waiting.PATIENCE.toMillis());
        upgrade(socket);
        return socket;
    }

    /** Else who has proved nothing has the server keep a Pong for each Ping. */
    @Test
    void shouldNotKeepPongsThatNobodyReads() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                Socket socket = connect(peers)) {
            Channel subflow = peers.serverSubflows.stream()
                    .filter(channel -> channel.parent() != null)
                    .findFirst()
                    .orElseThrow();
            byte[] flood = new byte[64 << 10];
            byte[] ping = ping(new byte[125]);
            int length = flood.length / ping.length * ping.length;
            for (int i = 0; i < length; i++) {
                flood[i] = ping[i % ping.length];
            }
            OutputStream out = socket.getOutputStream();
            long most = 0;
            for (int i = 0; i < 10; i++) {
                out.write(flood, 0, length);
                most = Math.max(most, pendingBytes(subflow));
            }
            assertThat(most).isLessThan(64 << 10);
        }
    }

    private static long pendingBytes(Channel channel) throws Exception {
        return channel.eventLoop()
                .submit(() -> {
                    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
                    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
                })
                .get();
    }

    /** RFC 6455 section 5.5.3: each is answered as long as the answers go. */
    @Test
    void shouldAnswerWithTheSameWords() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                Socket socket = connect(peers)) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (byte i = 0; i < 10; i++) {
                socket.getOutputStream().write(ping(i, (byte) 42));
                byte[] pong = new byte[4];
                in.readFully(pong);
                assertThat(pong).containsExactly(0x8a, 2, i, 42);
            }
        }
    }
}
