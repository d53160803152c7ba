package dev.multipath.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What {@link OrderlyClose} does when it cannot wait. */
class OrderlyCloseTest {

    private static final int PATIENCE_SECONDS = 60;

    private final EventLoop loop = new SingleThreadIoEventLoop(
            null, new DefaultThreadFactory(OrderlyCloseTest.class), NioIoHandler.newFactory());

    private Channel dial(ServerSocket peer) throws InterruptedException {
        SubflowSetup setup = new SubflowSetup(Map.of(), subflow -> {});
        return loop.submit(() -> SubflowTransport.ofEventLoop().dial(loop, peer.getLocalSocketAddress(), null, setup))
                .sync()
                .getNow()
                .sync()
                .getNow();
    }

    /** It ends in the turn that shuts it down, and does not look at its channels again. */
    @Test
    void shouldCloseAtOnceWhatIsOnALoopThatShutsDown() throws Exception {
        try (ServerSocket peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Channel subflow = dial(peer);
            loop.execute(() -> {
                loop.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
                OrderlyClose.close(subflow);
            });
            assertThat(loop.terminationFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(subflow.isOpen()).isFalse();
            try (Socket accepted = peer.accept()) {
                accepted.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
                assertThat(accepted.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    /** Such as a subflow whose session lives on another loop: who discards it has nothing to be told. */
    @Test
    void shouldHaveNothingToDoWhereTheLoopHasEnded() throws Exception {
        try (ServerSocket peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Channel subflow = dial(peer);
            loop.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(loop.terminationFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();

            assertThatCode(() -> OrderlyClose.close(subflow)).doesNotThrowAnyException();
            assertThat(subflow.isOpen()).isFalse();
        }
    }
}
