package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.quic.QuicTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Somebody who wants the memory of a server that speaks QUIC: opens sessions, and sends bytes behind a gap that is never closed, one
 * in each packet, so that quiche has to keep each as something of its own. A real quiche, whose packets are lost on purpose.
 */
final class QuicHoarder implements AutoCloseable {

    /** More than is ever on the way, as no acknowledgement is listened to. */
    private static final int WINDOW_PACKETS = 40_000;

    private static final int INITIAL_BYTES = 32 << 10;
    private static final int WRITES_A_TURN = 100;

    private static final byte[] PREFACE = new byte[17];

    /** The request for a session of the extended profile. */
    private static final byte[] SESSION = {0, 2};

    /** Which decides for the base profile. */
    private static final byte[] PING = {0, 0};

    /** The beginning of a data frame of half a gigabyte. */
    private static final byte[] VIOLATION = {(byte) 0xa0, 0, 0, 0, 10};

    private final EventLoopGroup group = TestTransport.NIO.newGroup(1);
    private final EventLoop loop = group.next();
    private final InetSocketAddress server;
    private final QuicSslContext tls = QuicTransport.prepare(QuicSslContextBuilder.forClient())
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();

    QuicHoarder(InetSocketAddress server) {
        this.server = server;
    }

    /** Between quiche and the network. */
    private static final class Losses extends ChannelDuplexHandler {

        private boolean losing;
        private int packets;

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            // The first, and every other: each of the rest is a piece of its own.
            if (losing && packets++ % 2 == 0) {
                ReferenceCountUtil.release(msg);
                promise.setSuccess();
            } else {
                ctx.write(msg, promise);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (losing) {
                ReferenceCountUtil.release(msg);
            } else {
                ctx.fireChannelRead(msg);
            }
        }
    }

    private static final class Discard extends ChannelInboundHandlerAdapter {

        private final CountDownLatch answered = new CountDownLatch(1);

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            answered.countDown();
            ReferenceCountUtil.release(msg);
        }
    }

    /** One more session that does nothing; false if it was refused. */
    boolean connect() throws Exception {
        try {
            return open(SESSION).isOpen();
        } catch (ExecutionException | IOException e) {
            return false;
        }
    }

    /** One more session, and so many bytes behind the gap, of which its server's socket may lose some. */
    void hoard(int bytes) throws Exception {
        QuicStreamChannel stream = openLosing();
        for (int sent = 0; sent < bytes; sent += WRITES_A_TURN) {
            write(stream);
        }
    }

    /** One more session, and bytes behind the gap until it is enough. */
    void hoard(BooleanSupplier enough) throws Exception {
        hoard(openLosing(), enough);
    }

    private QuicStreamChannel openLosing() throws Exception {
        QuicStreamChannel stream = open(SESSION);
        lose(stream);
        return stream;
    }

    /** One more session of the base profile, that breaks the rules, so that it is cut; and never answers that. Null if it was refused. */
    QuicStreamChannel violate() throws Exception {
        try {
            QuicStreamChannel stream = openBase();
            stream.writeAndFlush(Unpooled.wrappedBuffer(VIOLATION)).sync();
            lose(stream);
            return stream;
        } catch (ExecutionException | IOException e) {
            return null;
        }
    }

    /** One more session of the base profile. */
    QuicStreamChannel openBase() throws Exception {
        QuicStreamChannel stream = open(PING);
        stream.pipeline().get(Discard.class).answered.await(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return stream;
    }

    private void lose(QuicStreamChannel stream) throws InterruptedException {
        Losses losses = stream.parent().parent().pipeline().get(Losses.class);
        loop.submit(() -> losses.losing = true).sync();
    }

    /**
     * On a connection that loses packets. How many bytes that takes is not for the sender to say: where the machine is busy, the server's
     * socket loses packets too.
     */
    void hoard(QuicStreamChannel stream, BooleanSupplier enough) throws InterruptedException {
        long beginNanos = System.nanoTime();
        while (!enough.getAsBoolean()) {
            assertThat(System.nanoTime() - beginNanos)
                    .as("time, and not enough")
                    .isLessThan(Waiting.PATIENCE.toNanos());
            write(stream);
        }
    }

    private void write(QuicStreamChannel stream) throws InterruptedException {
        loop.submit(() -> {
                    for (int i = 0; i < WRITES_A_TURN; i++) {
                        stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
                    }
                    stream.parent().parent().flush();
                })
                .sync();
    }

    /** A session's stream, on a connection of its own. */
    private QuicStreamChannel open(byte[] firstBytes) throws Exception {
        Channel socket = new Bootstrap()
                .group(loop)
                .channel(NioDatagramChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new Losses(),
                                        new QuicClientCodecBuilder()
                                                .sslContext(tls)
                                                .initialCongestionWindowPackets(WINDOW_PACKETS)
                                                .initialMaxData(INITIAL_BYTES)
                                                .initialMaxStreamDataBidirectionalLocal(INITIAL_BYTES)
                                                .maxIdleTimeout(1, TimeUnit.MINUTES)
                                                .build());
                    }
                })
                .connect(server)
                .sync()
                .channel();
        QuicChannel connection = QuicChannel.newBootstrap(socket)
                .handler(new Discard())
                .connect()
                .get();
        connection.closeFuture().addListener(closed -> socket.close());
        QuicStreamChannel stream = connection
                .createStream(QuicStreamType.BIDIRECTIONAL, new Discard())
                .get();
        stream.writeAndFlush(Unpooled.wrappedBuffer(PREFACE, firstBytes)).sync();
        return stream;
    }

    @Override
    public void close() {
        TestTransport.NIO.shutDown(group);
    }
}
