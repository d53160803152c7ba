package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.MultipathFrameDecoder;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections with half a frame in their decoder, whose loops end while they are moved: closed, told, and nothing is left. */
class LoopMoveTest {

    private static final byte[] HALF_A_FRAME = {63, 10, 1, 2, 3};

    private final ClosingLoop source = new ClosingLoop();
    private final ClosingLoop target = new ClosingLoop();
    private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
    private final CountDownLatch there = new CountDownLatch(1);
    private final CountDownLatch lost = new CountDownLatch(1);
    private Socket peer;
    private Connection connection;

    /** A loop that may look as it did a moment before it was shut down. */
    private static final class ClosingLoop extends SingleThreadIoEventLoop {
        private volatile boolean looksOpen;

        ClosingLoop() {
            super(null, new ThreadPerTaskExecutor(new DefaultThreadFactory("closing")), NioIoHandler.newFactory());
        }

        /** As others see it. */
        @Override
        public boolean isShuttingDown() {
            return (inEventLoop() || !looksOpen) && super.isShuttingDown();
        }

        void end() {
            Future<?> ended = shutdownGracefully(0, 10, TimeUnit.SECONDS);
            assertThat(ended.awaitUninterruptibly(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** What is seen of an accepted connection. */
    private static final class Connection extends ChannelInboundHandlerAdapter {
        private final CountDownLatch read = new CountDownLatch(1);
        private final CountDownLatch inactive = new CountDownLatch(1);
        private final CountDownLatch removed = new CountDownLatch(1);
        private final MultipathFrameDecoder decoder = new MultipathFrameDecoder();
        private volatile Channel channel;

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            inactive.countDown();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            removed.countDown();
        }

        void awaitToldOfItsEnd() throws InterruptedException {
            assertThat(inactive.await(60, TimeUnit.SECONDS)).as("inactive").isTrue();
            assertThat(removed.await(60, TimeUnit.SECONDS)).as("removed").isTrue();
            assertThat(channel.isOpen()).isFalse();
            assertThat(decoder.heldBytes()).as("of half a frame").isZero();
        }
    }

    /** Takes note of what is read; the decoder has a part of it. */
    private static final class Reading extends ChannelInboundHandlerAdapter {
        private final Connection connection;
        private int readBytes;

        Reading(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            readBytes += ((ByteBuf) msg).readableBytes();
            ctx.fireChannelRead(msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.fireChannelReadComplete();
            if (readBytes == 17 + HALF_A_FRAME.length) {
                ctx.channel().config().setAutoRead(false);
                connection.read.countDown();
            }
        }
    }

    @BeforeEach
    void acceptAConnection() throws Exception {
        Channel listener = new ServerBootstrap()
                .group(source)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Connection next = new Connection();
                        next.channel = channel;
                        channel.pipeline().addLast(new Reading(next), next.decoder, next);
                        accepted.add(next);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        peer = new Socket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) listener.localAddress()).getPort());
        peer.setSoTimeout(60_000);
        byte[] preface = new byte[17];
        peer.getOutputStream().write(preface);
        peer.getOutputStream().write(HALF_A_FRAME);
        connection = accepted.poll(60, TimeUnit.SECONDS);
        assertThat(connection.read.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(connection.decoder.heldBytes()).isPositive();
    }

    @AfterEach
    void close() throws IOException {
        peer.close();
        List.of(source, target).forEach(ClosingLoop::end);
    }

    private void move() {
        LoopMove.begin(connection.channel, target, there::countDown, lost::countDown);
    }

    private void awaitLost() throws Exception {
        assertThat(lost.await(60, TimeUnit.SECONDS)).as("told").isTrue();
        assertThat(there.getCount()).isPositive();
        connection.awaitToldOfItsEnd();
        awaitPeerCut();
    }

    private void awaitPeerCut() {
        try {
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        } catch (IOException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    @Test
    void shouldEndItWhereItIsIfTheTargetHasEnded() throws Exception {
        target.end();

        source.execute(this::move);

        awaitLost();
    }

    @Test
    void shouldEndItIfTheTargetEndsAfterItWasAsked() throws Exception {
        target.end();
        target.looksOpen = true;

        source.execute(this::move);

        awaitLost();
    }

    /** Within the source's last turn, which closes nothing any more: that is done before. */
    @Test
    void shouldEndItIfBothEnd() throws Exception {
        target.end();
        target.looksOpen = true;

        shutDownAtWork(source, this::move);

        awaitLost();
    }

    /** It may be taken there, but not left. */
    @Test
    void shouldNotLoseItIfTheTargetTakesItOnItsLastTurn() throws Exception {
        shutDownAtWork(target, () -> {
            source.submit(this::move).syncUninterruptibly();
            // What deregisters it is behind that.
            source.submit(() -> {}).syncUninterruptibly();
        });

        // Else the source may end before the target has asked it for the last time.
        assertThat(target.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        eventually().until(() -> there.getCount() + lost.getCount() == 1);
    }

    /** Without a quiet period, while it has something to do: it ends behind that, and does not look at its channels again. */
    private static void shutDownAtWork(ClosingLoop loop, Runnable work) throws InterruptedException {
        CountDownLatch atWork = new CountDownLatch(1);
        CountDownLatch shutDown = new CountDownLatch(1);
        loop.execute(() -> {
            atWork.countDown();
            try {
                shutDown.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            work.run();
        });
        atWork.await();
        loop.shutdownGracefully(0, 10, TimeUnit.SECONDS);
        shutDown.countDown();
    }
}
