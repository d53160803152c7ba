package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.quic.QuicSubflowException;
import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowSetup;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A listener for QUIC, and its connections before there is anything on them. */
class QuicListenerTest {

    /** Of a handshake each. */
    private static final int ATTEMPTS = 5;

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static Channel get(EventLoop loop, Callable<Future<Channel>> listen) throws Exception {
        return loop.submit(listen).get().get(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** In the hands of an application: what it cannot do it says, and goes on listening. */
    @Test
    void shouldRefuseWhatIsForConnections() throws Exception {
        QuicTransport transport = QuicSetup.server();
        EventLoopGroup group = TestTransport.NIO.newGroup(1);
        try {
            EventLoop loop = group.next();
            SubflowSetup setup = new SubflowSetup(Map.of(), subflow -> {});
            Channel listener = get(loop, () -> transport.listen(loop, anyPort(), setup));
            ByteBuf data = Unpooled.copiedBuffer(new byte[1]);
            assertThat(listener.writeAndFlush(data).await().cause())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("a listener sends nothing");
            assertThat(data.refCnt()).isZero();
            assertThat(listener.connect(listener.localAddress()).await().cause())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("a listener does not connect");
            assertThat(listener.isActive()).isTrue();

            assertThat(listener.disconnect().await().isSuccess()).isTrue();
            assertThat(listener.closeFuture().await(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        } finally {
            TestTransport.NIO.shutDown(group);
        }
    }

    /**
     * Behind a Retry, when the server has a connection, and the client no packet that says its end. Once is enough: on a machine that is
     * busy the client may have stopped waiting for a chance to say it.
     */
    @Test
    void shouldHearOfAnAttemptThatIsGivenUp() throws Exception {
        EventLoopGroup group = TestTransport.EPOLL.newGroup(1);
        try {
            EventLoop loop = group.next();
            BlockingQueue<Throwable> causes = new LinkedBlockingQueue<>();
            AtomicInteger accepted = new AtomicInteger();
            Channel listener =
                    get(loop, () -> QuicSetup.server().listen(loop, anyPort(), new SubflowSetup(Map.of(), subflow -> {
                        accepted.incrementAndGet();
                        subflow.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                                causes.add(cause);
                            }
                        });
                    })));
            QuicTransport client = QuicSetup.client();
            boolean told = false;
            try (UdpRelay relay = new UdpRelay((InetSocketAddress) listener.localAddress())) {
                for (int i = 1; i <= ATTEMPTS && !told; i++) {
                    int soMany = i;
                    relay.holdAnswers();
                    Future<Channel> dialling = loop.submit(() ->
                                    client.dial(loop, relay.address(), null, new SubflowSetup(Map.of(), subflow -> {})))
                            .get();
                    eventually().until(() -> accepted.get() == soMany);
                    assertThat(dialling.cancel(false)).isTrue();
                    relay.releaseAnswers();
                    Throwable cause = causes.poll(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    told = cause instanceof QuicSubflowException cut && cut.code() == ResetFrame.GOING_AWAY;
                }
            }
            assertThat(told).isTrue();
        } finally {
            TestTransport.EPOLL.shutDown(group);
        }
    }
}
