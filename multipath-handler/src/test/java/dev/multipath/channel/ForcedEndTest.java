package dev.multipath.channel;

import static dev.multipath.channel.Waiting.PATIENCE;
import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathException;
import dev.multipath.session.SessionResetException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a channel that is closed by force, or taken from its event loop before it has a session or as a server's. */
class ForcedEndTest {

    private static final long BYTES = 100_000;

    private static void assertClosed(Channel channel) throws InterruptedException {
        assertThat(channel.closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("closed")
                .isTrue();
        assertThat(channel.isOpen()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void shouldTellThePeerThatASessionWasClosedByForce(boolean atClient, boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
            Recorder server = peers.accepted();
            Channel channel = (atClient ? client : server).channel();
            Recorder other = atClient ? server : client;

            // With something that cannot have been acknowledged: in the base profile nothing else tells it from an end.
            channel.eventLoop()
                    .submit(() -> {
                        channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, (int) BYTES));
                        channel.unsafe().closeForcibly();
                    })
                    .sync();

            assertThat(channel.isOpen()).isFalse();
            other.awaitInactive();
            assertThat(other.exceptions())
                    .singleElement()
                    .isInstanceOf(extended ? SessionResetException.class : MultipathException.class);
            peers.awaitNothingLeft();
            // As on any channel, its future is told by an ordinary close.
            channel.close();
            assertClosed(channel);
        }
    }

    @Test
    void shouldFailAConnectWhoseChannelIsTakenFromItsEventLoop() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Recorder client = new Recorder();
            ChannelFuture connecting =
                    peers.clientBootstrap(client).connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            eventually().until(() -> !peers.clientSubflows.isEmpty());

            connecting.channel().deregister().sync();

            assertThat(connecting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(connecting.isSuccess()).isFalse();
            assertClosed(connecting.channel());
            assertThat(client.isInactive()).as("it never was active").isFalse();
            eventually().until(peers.clientSubflows::isEmpty);
        }
    }

    @Test
    void shouldCloseAServerThatIsTakenFromItsEventLoop() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel listening = peers.listen(Recorder::new, 2);
            MultipathAddress address = listening.localAddress();
            Recorder client = peers.connect();
            Recorder server = peers.accepted();

            listening.deregister().sync();

            assertClosed(listening);
            for (Path path : address.paths()) {
                assertFree(path.remote());
            }
            // As when it is closed, its sessions go on.
            client.send(BYTES, 1000);
            server.awaitReceived(BYTES);
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    private static void assertFree(SocketAddress address) {
        eventually().until(() -> {
            try (ServerSocket again = new ServerSocket()) {
                again.bind(address);
                return true;
            } catch (BindException e) {
                return false;
            }
        });
    }
}
