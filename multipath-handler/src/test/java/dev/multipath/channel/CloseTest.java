package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.session.MultipathException;
import dev.multipath.session.SessionClosedException;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a session: nothing written is lost unless it is said, and nothing is left over. */
class CloseTest {

    @ParameterizedTest
    @EnumSource
    void shouldCompleteCloseOnlyWhenThePeerHasEverything(TestTransport transport) throws Exception {
        int bytes = 3_000_000;
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            Channel channel = client.channel();

            channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, bytes));
            channel.close().sync();

            assertThat(server.receivedBytes()).isEqualTo(bytes);
            server.assertIntact();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldDeliverWhatBothWroteWhenBothClose() throws Exception {
        int bytes = 1_000_000;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            ChannelFuture sent = server.channel()
                    .writeAndFlush(Pattern.bytes(server.channel().alloc(), 0, bytes));
            server.send(0, 1);
            sent.sync();
            client.awaitReceived(bytes);
            client.channel().writeAndFlush(Pattern.bytes(client.channel().alloc(), 0, bytes));
            server.awaitReceived(bytes);
            ChannelFuture one = client.channel().close();
            ChannelFuture other = server.channel().close();
            one.sync();
            other.sync();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldFailCloseAfterLingerWhenThePeerIsGone() throws Exception {
        Duration linger = Duration.ofMillis(300);
        try (Peers peers = new Peers(TestTransport.NIO);
                RawPeer.Listener deaf = RawPeer.Listener.deaf()) {
            Recorder client = new Recorder();
            Channel channel = peers.clientBootstrap(client)
                    .option(MultipathChannelOption.LINGER, linger)
                    .connect(MultipathAddress.of(deaf.address()))
                    .sync()
                    .channel();
            channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000])).sync();
            long startNanos = System.nanoTime();
            ChannelFuture closing = channel.close().await();

            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThanOrEqualTo(linger);
            assertThat(closing.cause())
                    .isInstanceOfSatisfying(SessionClosedException.class, e -> assertThat(e.unacknowledgedBytes())
                            .isEqualTo(1000));
            client.awaitInactive();
            assertThat(client.exceptions()).as("the promise has told it").isEmpty();
            eventually().until(peers.clientSubflows::isEmpty);
        }
    }

    /** The peer's loop is busy, so that its kernel has nothing but whole frames in order, and what is missing is behind them. */
    @Requirement("BASE-11")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotLookLikeTheEndWhenTheLingerTimeIsOver(boolean extended) throws Exception {
        int bytes = 5_000_000;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = new Recorder();
            Channel channel = peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                    .option(MultipathChannelOption.LINGER, Duration.ofMillis(300)));
            Recorder server = peers.accepted();
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch closed = new CountDownLatch(1);
            server.channel().eventLoop().submit(() -> {
                busy.countDown();
                return closed.await(60, TimeUnit.SECONDS);
            });
            busy.await();
            channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, bytes)).sync();
            assertThat(channel.close().await().cause()).isInstanceOf(SessionClosedException.class);
            eventually().until(peers.clientSubflows::isEmpty);
            closed.countDown();

            server.awaitInactive();
            assertThat(server.receivedBytes()).isLessThan(bytes);
            assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
        }
    }

    @Test
    void shouldFailWritesThatWereNotFlushedBeforeClose() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Channel channel = peers.connect().channel();
            ByteBuf unflushed = Unpooled.wrappedBuffer(new byte[10]);
            ChannelFuture write = channel.write(unflushed);
            channel.close().sync();
            assertThat(write.await().cause()).isInstanceOf(ClosedChannelException.class);
            assertThat(unflushed.refCnt()).isZero();
            assertThat(channel.writeAndFlush(Unpooled.EMPTY_BUFFER).await().cause())
                    .isInstanceOf(ClosedChannelException.class);
            assertThat(channel.close().await().isSuccess()).isTrue();
        }
    }

    @Test
    void shouldCompleteAllCloseFuturesWhileDraining() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Channel channel = peers.connect().channel();
            Recorder server = peers.accepted();
            channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, 2_000_000));
            List<ChannelFuture> closings = List.of(channel.close(), channel.close(), channel.closeFuture());
            for (ChannelFuture closing : closings) {
                assertThat(closing.await(60, TimeUnit.SECONDS)).isTrue();
            }
            server.awaitReceived(2_000_000);
        }
    }

    @Test
    void shouldCloseFromWithinHandlers() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    () -> new Recorder() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            super.channelRead(ctx, msg);
                            ctx.writeAndFlush(Pattern.bytes(ctx.alloc(), 0, 5));
                            ctx.close();
                        }
                    },
                    2);
            Recorder client = peers.connect();
            client.send(10, 10);
            client.awaitInactive();
            assertThat(client.receivedBytes()).isEqualTo(5);
            assertThat(client.exceptions()).isEmpty();

            Recorder closesAtOnce = new Recorder() {
                @Override
                public void channelActive(ChannelHandlerContext ctx) {
                    ctx.close();
                }
            };
            peers.clientBootstrap(closesAtOnce)
                    .connect(peers.server().localAddress())
                    .sync();
            closesAtOnce.awaitInactive();
            peers.awaitNothingLeft();
        }
    }

    /** As much as its peer grants it unread; close waits for the acknowledgement of all. */
    @Test
    void shouldReadToTheEndWhatCameBeforeThePeerClosed() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            client.channel().config().setAutoRead(false);
            Recorder server = peers.accepted();
            server.send(500_000, 10_000);
            eventually().until(() -> server.sentBytes() == 500_000);
            server.channel().close().sync();
            eventually().until(peers.clientSubflows::isEmpty);
            assertThat(client.isInactive()).isFalse();
            client.channel().config().setAutoRead(true);
            client.awaitInactive();
            assertThat(client.receivedBytes()).isEqualTo(500_000);
            assertThat(client.exceptions()).isEmpty();
        }
    }
}
