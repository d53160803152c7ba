package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ConnectionId;
import dev.multipath.path.MultipathAddress;
import dev.multipath.session.JoinOffer;
import dev.multipath.testing.Requirement;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link MultipathChannelOption#EARLY_DATA}: what is flushed while a client connects. */
class EarlyDataTest {

    private static final int SOME = 5000;

    private static Bootstrap client(Peers peers, boolean extended) {
        return peers.clientBootstrap(new Recorder())
                .option(MultipathChannelOption.EARLY_DATA, true)
                .option(MultipathChannelOption.EXTENDED_PROFILE, extended);
    }

    private static Channel flushAndConnect(Bootstrap bootstrap, MultipathAddress address, int bytes) {
        Channel channel = bootstrap.register().syncUninterruptibly().channel();
        channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, bytes));
        channel.connect(address);
        return channel;
    }

    private static byte[] pattern(int from, int bytes) {
        byte[] pattern = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            pattern[i] = Pattern.at(from + i);
        }
        return pattern;
    }

    /** Behind the preface, to somebody who does not say a word. */
    @Requirement("EARLY-1")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoAlongWithTheRequestForTheSession(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Channel channel = flushAndConnect(
                    client(peers, extended), MultipathAddress.of(silent.getLocalSocketAddress()), 3 * SOME);
            try (Socket accepted = silent.accept()) {
                accepted.setSoTimeout((int) Waiting.PATIENCE.toMillis());
                DataInputStream in = new DataInputStream(accepted.getInputStream());
                assertThat(in.readNBytes(RawPeer.preface(ConnectionId.ZERO).length))
                        .isEqualTo(RawPeer.preface(ConnectionId.ZERO));
                if (extended) {
                    assertThat(in.readNBytes(2)).isEqualTo(RawPeer.EXTENDED);
                }
                // A varint of two bytes.
                int size = in.readUnsignedShort() & 0x3fff;
                assertThat(size).isEqualTo(JoinOffer.MAX_EARLY_BYTES);
                assertThat(in.read()).isEqualTo(10);
                assertThat(in.readNBytes(size)).isEqualTo(pattern(0, size));

                // Nor may it take the beginning for the whole.
                channel.close().sync();
                assertThatThrownBy(in::read).isInstanceOf(SocketException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldArriveOnceAndInOrder(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Recorder::new), 1);
            Channel channel =
                    flushAndConnect(client(peers, extended), peers.server().localAddress(), 3 * SOME);
            Recorder server = peers.accepted();
            server.awaitReceived(3 * SOME);
            channel.writeAndFlush(Pattern.bytes(channel.alloc(), 3 * SOME, SOME))
                    .sync();
            server.awaitReceived(4 * SOME);
            channel.close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    /** Held by the decoder though it is whole, until its connection is let in. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldArriveOnceIfItComesWholeWithTheRequest(boolean extended) throws Exception {
        int whole = 1500;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Recorder::new), 1);
            MultipathChannel channel = (MultipathChannel)
                    flushAndConnect(client(peers, extended), peers.server().localAddress(), whole);
            peers.accepted().awaitReceived(whole);
            assertThat(channel.stats().paths().get(0).framesRetransmitted()).isZero();
            channel.close().sync();
        }
    }

    /** Who hears that his first write is done writes on: what has gone early behind that one is not written again. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldArriveOnceWhereAListenerWritesOn(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Recorder::new), 1);
            Channel channel =
                    client(peers, extended).register().syncUninterruptibly().channel();
            channel.write(Pattern.bytes(channel.alloc(), 0, 300))
                    .addListener(f -> channel.writeAndFlush(Pattern.bytes(channel.alloc(), 800, 100)));
            channel.writeAndFlush(Pattern.bytes(channel.alloc(), 300, 500));
            channel.connect(peers.server().localAddress()).sync();
            Recorder server = peers.accepted();
            server.awaitReceived(900);
            channel.close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
            assertThat(server.receivedBytes()).isEqualTo(900);
        }
    }

    /** A server whose answer does not come may have them; the one that answers gets them in any case. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldArriveOverThePathThatIsAnswered(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            peers.listen(peers.serverBootstrap(Recorder::new), 1);
            MultipathAddress address = MultipathAddress.of(
                    silent.getLocalSocketAddress(),
                    peers.server().localAddress().paths().get(0).remote());
            Channel channel = flushAndConnect(
                    client(peers, extended).option(MultipathChannelOption.ATTEMPT_DELAY, Duration.ofMillis(10)),
                    address,
                    3 * SOME);
            Recorder server = peers.accepted();
            server.awaitReceived(3 * SOME);
            channel.close().sync();
        }
    }

    @Test
    void shouldFailWhatWasFlushedIfThereIsNoSession() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Channel channel = client(peers, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 300)
                    .register()
                    .sync()
                    .channel();
            ChannelFuture connecting = channel.connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            ChannelFuture written = channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, SOME));
            assertThat(connecting.await().cause()).isNotNull();
            eventually().until(written::isDone);
            assertThat(written.cause()).isInstanceOf(ClosedChannelException.class);
        }
    }

    /** As with any channel, unless it is wanted. */
    @Test
    void shouldFailWhatIsFlushedBeforeTheSessionByDefault() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Channel channel =
                    peers.clientBootstrap(new Recorder()).register().sync().channel();
            channel.connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            ChannelFuture written = channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, SOME));
            assertThat(written.await().cause()).isInstanceOf(NotYetConnectedException.class);
            channel.close().sync();
        }
    }
}
