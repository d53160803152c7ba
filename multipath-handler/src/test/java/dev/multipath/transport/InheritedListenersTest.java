package dev.multipath.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.Socket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InheritedListenersTest {

    private static final int PATIENCE_SECONDS = 60;

    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
    private final SubflowSetup setup = new SubflowSetup(Map.of(), accepted::add);
    private EventLoopGroup group;

    @BeforeEach
    void haveEpoll() {
        assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    @AfterEach
    void close() {
        if (group != null) {
            group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
            assertThat(group.terminationFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    /** As systemd would. */
    private static Socket listening(InetAddress at) throws Exception {
        Socket socket = Socket.newSocketStream();
        socket.bind(new InetSocketAddress(at, 0));
        socket.listen(5);
        return socket;
    }

    private Channel listen(SubflowTransport transport, InetSocketAddress local) throws Exception {
        EventLoop loop = group.next();
        return loop.submit(() -> transport.listen(loop, local, setup))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void assertAccepts(Channel listener) throws Exception {
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        try (java.net.Socket client = new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(client.isConnected()).isTrue();
            assertThat(accepted.poll(PATIENCE_SECONDS, TimeUnit.SECONDS).parent())
                    .isSameAs(listener);
        }
    }

    @Test
    void shouldAcceptFromSocketsThatListenAlready() throws Exception {
        Socket loopback = listening(InetAddress.getLoopbackAddress());
        Socket everywhere = listening(InetAddress.getByName("::"));
        InetSocketAddress address = loopback.localAddress();
        SubflowTransport transport =
                new InheritedListeners(SubflowTransport.ofEventLoop(), loopback.intValue(), everywhere.intValue());
        assertAccepts(listen(transport, address));
        assertAccepts(listen(
                transport, new InetSocketAddress(everywhere.localAddress().getPort())));
        // It is taken; another one is bound, which fails as elsewhere.
        assertThatThrownBy(() -> listen(transport, address)).hasMessageContaining("in use");
    }

    @Test
    void shouldListenElsewhereAsTheOtherTransportDoes() throws Exception {
        Socket inherited = listening(InetAddress.getLoopbackAddress());
        SubflowTransport transport = new InheritedListeners(SubflowTransport.ofEventLoop(), inherited.intValue());
        Channel listener = listen(transport, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        assertThat(listener.localAddress()).isNotEqualTo(inherited.localAddress());
        assertAccepts(listener);
        assertAccepts(listen(transport, inherited.localAddress()));
    }

    /** One that blocks would hold up the event loop; the tool's tests have one of systemd's. */
    @Test
    void shouldKnowWhatBlocks() {
        assertThat(InheritedListeners.isBlocking("pos:\t0\nflags:\t02\nmnt_id:\t10\n"))
                .isTrue();
        assertThat(InheritedListeners.isBlocking("pos:\t0\nflags:\t02000002\nmnt_id:\t10\n"))
                .isTrue();
        assertThat(InheritedListeners.isBlocking("pos:\t0\nflags:\t04002\nmnt_id:\t10\n"))
                .isFalse();
        assertThat(InheritedListeners.isBlocking("pos:\t0\nflags:\t02004002\n")).isFalse();
        assertThat(InheritedListeners.isBlocking("nothing is known")).isFalse();
    }

    @Test
    void shouldRefuseWhatIsNoSocket() {
        assertThatThrownBy(() -> new InheritedListeners(SubflowTransport.ofEventLoop(), 1_000_000))
                .isInstanceOf(ChannelException.class);
    }
}
