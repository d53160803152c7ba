package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.AddressPolicy;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A server that announces other people's addresses, and takes them back, one after the other. */
class AddressFloodTest {

    private static final int ADDRESSES = 100;

    @Test
    void shouldNotDialAsFastAsAServerAnnounces() throws Exception {
        AtomicInteger withdrawn = new AtomicInteger();
        Recorder client = new Recorder() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                super.userEventTriggered(ctx, event);
                if (event instanceof AddressEvent address && address.kind() == AddressEvent.Kind.REMOVED) {
                    withdrawn.incrementAndGet();
                }
            }
        };
        AtomicInteger dialled = new AtomicInteger();
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket victim = new ServerSocket(0, ADDRESSES, InetAddress.getLoopbackAddress())) {
            Thread counter = new Thread(() -> count(victim, dialled));
            counter.start();
            peers.listen(Recorder::new, 1);
            peers.connect(
                    peers.clientBootstrap(client).option(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.ALL));
            MultipathChannel server = peers.accepted().session();
            InetSocketAddress address = (InetSocketAddress) victim.getLocalSocketAddress();
            long startNanos = System.nanoTime();
            for (int i = 1; i <= ADDRESSES; i++) {
                server.announceAddress(address).sync();
                // Long enough to be dialled.
                Thread.sleep(10);
                server.withdrawAddress(address).sync();
                int times = i;
                eventually().until(() -> withdrawn.get() == times);
            }
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
            assertThat(dialled.get()).isBetween(1, (int) (16 + 1 + seconds));
        }
    }

    private static void count(ServerSocket victim, AtomicInteger dialled) {
        try {
            while (true) {
                victim.accept().close();
                dialled.incrementAndGet();
            }
        } catch (Exception closed) {
            // The test is over.
        }
    }
}
