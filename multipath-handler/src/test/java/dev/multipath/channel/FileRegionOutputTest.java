package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.SessionResetException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FileRegion;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.AbstractReferenceCounted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Regions that write something else than their source, as those that encrypt, frame or compress: as over a plain socket. */
class FileRegionOutputTest {

    private static final int TAG_BYTES = 16;

    /**
     * A source that is written in chunks, each with something around it, and that has moved on when it has read, whatever the
     * target took: what is not taken is lost.
     */
    private static class FramingRegion extends AbstractReferenceCounted implements FileRegion {

        private final int sourceBytes;
        private final int chunkBytes;
        private final int headerBytes;
        private final int trailerBytes;
        private final int chunksInACall;
        private final int pauses;
        private long transferred;
        private int paused;
        int callsAtItsEnd;

        /** Writes {@code chunksInACall} chunks at a time, and nothing in so many calls before each. */
        FramingRegion(
                int sourceBytes, int chunkBytes, int headerBytes, int trailerBytes, int chunksInACall, int pauses) {
            this.sourceBytes = sourceBytes;
            this.chunkBytes = chunkBytes;
            this.headerBytes = headerBytes;
            this.trailerBytes = trailerBytes;
            this.chunksInACall = chunksInACall;
            this.pauses = pauses;
        }

        @Override
        public long transferTo(WritableByteChannel target, long position) throws IOException {
            if (transferred == sourceBytes) {
                callsAtItsEnd++;
                return 0;
            }
            if (paused < pauses) {
                paused++;
                return 0;
            }
            paused = 0;
            long before = transferred;
            for (int i = 0; i < chunksInACall && transferred < sourceBytes; i++) {
                int chunk = (int) Math.min(chunkBytes, sourceBytes - transferred);
                target.write(pattern(-1 - transferred, headerBytes));
                target.write(pattern(transferred, chunk));
                transferred += chunk;
                target.write(pattern(transferred * 3, trailerBytes));
            }
            return transferred - before;
        }

        private static ByteBuffer pattern(long offset, int length) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = Pattern.at(offset + i);
            }
            return ByteBuffer.wrap(bytes);
        }

        @Override
        public long position() {
            return 0;
        }

        @Override
        @Deprecated
        public long transfered() {
            return transferred;
        }

        @Override
        public long transferred() {
            return transferred;
        }

        @Override
        public long count() {
            return sourceBytes;
        }

        @Override
        public FileRegion retain() {
            super.retain();
            return this;
        }

        @Override
        public FileRegion retain(int increment) {
            super.retain(increment);
            return this;
        }

        @Override
        public FileRegion touch() {
            return this;
        }

        @Override
        public FileRegion touch(Object hint) {
            return this;
        }

        @Override
        protected void deallocate() {
            // It holds nothing.
        }
    }

    /** All that comes until the channel ends. */
    private static final class Collector extends ChannelInboundHandlerAdapter {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final CompletableFuture<byte[]> all = new CompletableFuture<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf received = (ByteBuf) message;
            bytes.writeBytes(ByteBufUtil.getBytes(received));
            received.release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            all.complete(bytes.toByteArray());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            all.completeExceptionally(cause);
        }
    }

    private record Outcome(byte[] received, List<Long> progress, boolean success, int refCnt, int callsAtItsEnd) {}

    static Stream<Arguments> regions() {
        return Stream.of(
                // source, chunk, header, trailer, chunks in a call, calls that give nothing before each
                Arguments.of(1000, 1000, 0, TAG_BYTES, 1, 0),
                Arguments.of(1000, 1000, TAG_BYTES, 0, 1, 0),
                Arguments.of(100_000, 8192, 0, TAG_BYTES, 1, 0),
                Arguments.of(196_608, 32_768, 4, 10, 1, 0),
                Arguments.of(196_608, 65_536, 12, TAG_BYTES, 1, 2),
                Arguments.of(300_000, 100_000, 7, 9, 1, 0),
                Arguments.of(400_000, 65_536, 12, TAG_BYTES, 7, 0),
                Arguments.of(1_000_000, 1_000_000, 20, 100_000, 1, 1),
                Arguments.of(64 << 10, 1, 0, 1, 64, 0),
                // One that packs: less comes than is read.
                Arguments.of(0, 1, 5, 5, 1, 0));
    }

    @ParameterizedTest
    @MethodSource("regions")
    void shouldDeliverWhatAPlainSocketDelivers(
            int source, int chunk, int header, int trailer, int chunksInACall, int pauses) throws Exception {
        Outcome plain = overPlainSocket(new FramingRegion(source, chunk, header, trailer, chunksInACall, pauses));
        Outcome ours = overMultipath(new FramingRegion(source, chunk, header, trailer, chunksInACall, pauses));

        int chunks = (source + chunk - 1) / chunk;
        assertThat(plain.received()).hasSize(source + chunks * (header + trailer));
        assertThat(ours.received()).isEqualTo(plain.received());
        assertThat(ours.success()).isTrue();
        assertThat(ours.refCnt()).isZero();
        assertThat(ours.callsAtItsEnd()).as("asked again at its end").isZero();
        if (source > 0) {
            assertThat(ours.progress()).isSorted().endsWith((long) source);
            assertThat(plain.progress()).endsWith((long) source);
        }
    }

    private static Outcome overMultipath(FramingRegion region) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Collector collector = new Collector();
            peers.listen(
                    peers.serverBootstrap(Recorder::new).childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel session) {
                            session.pipeline().addLast(collector);
                        }
                    }),
                    1);
            Channel client = peers.connect().channel();
            Outcome outcome = write(client, region, collector);
            peers.awaitNothingLeft();
            return outcome;
        }
    }

    private static Outcome overPlainSocket(FramingRegion region) throws Exception {
        EventLoopGroup group = TestTransport.NIO.newGroup(1);
        Collector collector = new Collector();
        try {
            SocketAddress address = new ServerBootstrap()
                    .group(group)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(collector)
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .sync()
                    .channel()
                    .localAddress();
            Channel client = new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(address)
                    .sync()
                    .channel();
            return write(client, region, collector);
        } finally {
            group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).sync();
        }
    }

    private static Outcome write(Channel client, FramingRegion region, Collector collector) throws Exception {
        List<Long> progress = new CopyOnWriteArrayList<>();
        ChannelProgressivePromise promise = client.newProgressivePromise();
        promise.addListener(new ChannelProgressiveFutureListener() {
            @Override
            public void operationProgressed(ChannelProgressiveFuture future, long done, long total) {
                progress.add(done);
            }

            @Override
            public void operationComplete(ChannelProgressiveFuture future) {
                // Asked for below.
            }
        });
        client.writeAndFlush(region, promise).sync();
        client.close().sync();
        byte[] received = collector.all.get(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return new Outcome(received, List.copyOf(progress), promise.isSuccess(), region.refCnt(), region.callsAtItsEnd);
    }

    /** A wrapper of a file is asked for a piece at a time, and need not be held as a whole. */
    @Test
    void shouldHoldNoMoreThanAPieceOfARegionThatWouldGiveAllAtOnce() throws Exception {
        FramingRegion region = new FramingRegion(64 << 20, 8192, 0, 0, Integer.MAX_VALUE, 0) {
            @Override
            public long transferTo(WritableByteChannel target, long position) throws IOException {
                // As java.nio's FileChannel does for a target that it does not know.
                long before = super.transferred;
                while (super.transferred < super.sourceBytes) {
                    int written = target.write(FramingRegion.pattern(super.transferred, 8192));
                    super.transferred += written;
                    if (written < 8192) {
                        break;
                    }
                }
                return super.transferred - before;
            }
        };
        FileRegions.Piece piece = FileRegions.read(region, io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, 1000);
        assertThat(piece.bytes().readableBytes())
                .isGreaterThanOrEqualTo(1000)
                .isLessThanOrEqualTo(FileRegions.MAX_PIECE_BYTES + 8192);
        assertThat(piece.progress()).isEqualTo(piece.bytes().readableBytes()).isEqualTo(region.transferred());
        piece.bytes().release();
    }

    /** In one call, more than any target takes at once: it does not look at what was taken, and has nothing left to give. */
    @Test
    void shouldTellThePeerWhenARegionThatGivesAllAtOnceHasLostSomething() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            FramingRegion region = new FramingRegion(FileRegions.MAX_PIECE_BYTES + 1, 1 << 20, 0, TAG_BYTES, 5, 0);

            Throwable cause = client.channel().writeAndFlush(region).await().cause();

            assertThat(cause).isInstanceOf(IOException.class).hasMessageContaining("has kept nothing");
            assertThat(region.refCnt()).isZero();
            Waiting.eventually().until(server::isInactive);
            assertThat(server.exceptions()).singleElement().isInstanceOf(SessionResetException.class);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldTellThePeerWhenARegionFailsThatHasWrittenMoreThanItsSource() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            FramingRegion region = new FramingRegion(100_000, 30_000, 0, 5000, 1, 0) {
                @Override
                public long transferTo(WritableByteChannel target, long position) throws IOException {
                    if (position >= 60_000) {
                        throw new IOException("the disk is gone");
                    }
                    return super.transferTo(target, position);
                }
            };

            Throwable cause = client.channel().writeAndFlush(region).await().cause();

            assertThat(cause).isInstanceOf(IOException.class);
            assertThat(region.refCnt()).isZero();
            Waiting.eventually().until(server::isInactive);
            assertThat(server.exceptions()).singleElement().isInstanceOf(SessionResetException.class);
            peers.awaitNothingLeft();
        }
    }
}
