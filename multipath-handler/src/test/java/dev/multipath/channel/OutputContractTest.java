package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.PathStats;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.SimpleChannelInboundHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written goes into the stream once, as it was written, whatever else is done with it and by whom. */
class OutputContractTest {

    /** More than a session holds, so that the rest waits in the channel. */
    private static final int TOO_MUCH = 12 << 20;

    private static final int TINY_WRITES = 3000;

    private static Channel connect(Peers peers, boolean read) throws InterruptedException {
        peers.listen(peers.serverBootstrap(Recorder::new).childOption(ChannelOption.AUTO_READ, read), 2);
        return peers.connect(peers.clientBootstrap(new Recorder()));
    }

    /** As with a socket, which copies what is on the heap: constants are written like that. */
    @ParameterizedTest
    @ValueSource(ints = {100, 20_000, TOO_MUCH})
    void shouldLeaveABufferThatOthersHaveAsItIs(int length) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Channel channel = connect(peers, false);
            Recorder server = peers.accepted();
            ByteBuf pattern = Pattern.bytes(channel.alloc(), 0, length);
            byte[] bytes = new byte[length];
            pattern.readBytes(bytes).release();
            ByteBuf constant = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes));
            List<ChannelFuture> writes = channel.eventLoop()
                    .submit(() ->
                            List.of(channel.write(constant), channel.write(constant), channel.writeAndFlush(constant)))
                    .get();
            AtStart received = new AtStart(length);
            server.channel().pipeline().addFirst(received);
            server.channel().config().setAutoRead(true);
            eventually().until(() -> received.bytes == 3L * length);
            assertThat(received.wrong).isFalse();
            for (ChannelFuture write : writes) {
                write.sync();
            }
            assertThat(constant.readerIndex()).isZero();
        }
    }

    /** Who has been told that it is taken may do with his buffer's indices what he likes. */
    @Test
    void shouldSendWhatWasWrittenIfItsIndicesAreMovedWhenItIsTaken() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Channel channel = connect(peers, false);
            Recorder server = peers.accepted();
            int count = 20;
            int part = 100;
            channel.eventLoop()
                    .submit(() -> {
                        for (int i = 0; i < count; i++) {
                            ByteBuf mine = Pattern.bytes(channel.alloc(), (long) i * part, part);
                            channel.writeAndFlush(mine.retain()).addListener(f -> {
                                mine.skipBytes(part / 2);
                                mine.release();
                            });
                        }
                    })
                    .sync();
            server.channel().config().setAutoRead(true);
            server.awaitReceived((long) count * part);
        }
    }

    /** Checks a pattern that is repeated. */
    private static final class AtStart extends SimpleChannelInboundHandler<ByteBuf> {
        private final int period;
        volatile long bytes;
        volatile boolean wrong;

        AtStart(int period) {
            this.period = period;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf received) {
            while (received.isReadable()) {
                int place = (int) (bytes % period);
                ByteBuf part = received.readSlice(Math.min(received.readableBytes(), period - place));
                wrong |= Pattern.firstMismatch(part, place) >= 0;
                bytes = bytes + part.readableBytes();
            }
        }
    }

    /** Its listener writes and flushes in the middle of the channel's own writing. */
    private static final class Meddler implements ChannelProgressiveFutureListener {
        private final ByteBuf addition;
        private boolean done;

        Meddler(ByteBuf addition) {
            this.addition = addition;
        }

        @Override
        public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
            if (!done) {
                done = true;
                future.channel().writeAndFlush(addition);
            }
        }

        @Override
        public void operationComplete(ChannelProgressiveFuture future) {
            assertThat(future.isSuccess()).isTrue();
        }
    }

    @Test
    void shouldTakeAMessageOnceWhenItsListenersWriteAndFlush(@TempDir Path directory) throws Exception {
        int part = 1000;
        int messages = 50;
        Path file = directory.resolve("file");
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Channel channel = connect(peers, false);
            Recorder server = peers.accepted();
            ByteBuf fileBytes = Pattern.bytes(channel.alloc(), TOO_MUCH + (long) messages * part, part);
            byte[] content = new byte[part];
            fileBytes.readBytes(content).release();
            Files.write(file, content);
            channel.eventLoop()
                    .submit(() -> {
                        channel.write(Pattern.bytes(channel.alloc(), 0, TOO_MUCH));
                        long at = TOO_MUCH;
                        long atAdded = at + (messages + 1L) * part;
                        for (int i = 0; i <= messages; i++, at += part, atAdded += part) {
                            Object message = i < messages
                                    ? Pattern.bytes(channel.alloc(), at, part)
                                    : new DefaultFileRegion(file.toFile(), 0, part);
                            channel.write(message, channel.newProgressivePromise())
                                    .addListener(new Meddler(Pattern.bytes(channel.alloc(), atAdded, part)));
                        }
                        channel.flush();
                    })
                    .sync();
            server.channel().config().setAutoRead(true);
            server.awaitReceived(TOO_MUCH + 2L * (messages + 1) * part);
        }
    }

    /** A reader that has switched off what it had just switched on reads nothing. */
    @Test
    void shouldForgetAReadThatIsTakenBack() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Channel channel = connect(peers, false);
            Recorder server = peers.accepted();
            server.channel()
                    .eventLoop()
                    .submit(() -> {
                        Thread other = new Thread(() -> {
                            server.channel().config().setAutoRead(true);
                            server.channel().config().setAutoRead(false);
                        });
                        other.start();
                        other.join();
                        return null;
                    })
                    .sync();
            channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, 1000)).sync();
            channel.close().addListener(f -> {});
            eventually()
                    .until(() -> server.session().stats().paths().stream()
                                    .mapToLong(PathStats::bytesReceived)
                                    .sum()
                            >= 1000);
            server.channel().eventLoop().submit(() -> {}).sync();
            assertThat(server.receivedBytes()).isZero();
            server.channel().read();
            server.awaitReceived(1000);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void shouldWriteBuffersOfAllKindsInTheirOrder(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Channel channel = connect(peers, true);
            Recorder server = peers.accepted();
            List<UnaryOperator<ByteBuf>> kinds = List.of(
                    bytes -> bytes,
                    bytes -> moved(bytes, channel.alloc().heapBuffer()),
                    bytes -> moved(bytes, channel.alloc().directBuffer()),
                    bytes -> moved(bytes, Unpooled.buffer()),
                    ByteBuf::asReadOnly,
                    bytes -> Unpooled.wrappedBuffer(bytes.readRetainedSlice(7), bytes),
                    bytes -> channel.alloc()
                            .compositeDirectBuffer()
                            .addFlattenedComponents(true, bytes)
                            .addComponent(true, Unpooled.EMPTY_BUFFER));
            List<Integer> order = new CopyOnWriteArrayList<>();
            channel.eventLoop()
                    .submit(() -> {
                        int at = 0;
                        for (int i = 0; i < TINY_WRITES; i++) {
                            int length = i % 3 == 0 ? 0 : 8 + i % 100;
                            int index = i;
                            ByteBuf bytes = Pattern.bytes(channel.alloc(), at, length);
                            channel.write(
                                            length == 0
                                                    ? bytes
                                                    : kinds.get(i % kinds.size())
                                                            .apply(bytes))
                                    .addListener(f -> order.add(f.isSuccess() ? index : -1));
                            at += length;
                        }
                        channel.flush();
                    })
                    .sync();
            server.awaitReceived(IntStream.range(0, TINY_WRITES)
                    .map(i -> i % 3 == 0 ? 0 : 8 + i % 100)
                    .sum());
            eventually().until(() -> order.size() == TINY_WRITES);
            assertThat(order).isEqualTo(IntStream.range(0, TINY_WRITES).boxed().toList());
        }
    }

    private static ByteBuf moved(ByteBuf from, ByteBuf to) {
        to.writeBytes(from);
        from.release();
        return to;
    }

    @Test
    void shouldWriteAHugeBuffer() throws Exception {
        int part = 1 << 20;
        int parts = 200;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Channel channel = connect(peers, false);
            Recorder server = peers.accepted();
            byte[] bytes = new byte[part];
            Pattern.bytes(channel.alloc(), 0, part).readBytes(bytes).release();
            CompositeByteBuf huge = Unpooled.compositeBuffer(parts);
            for (int i = 0; i < parts; i++) {
                huge.addComponent(true, Unpooled.wrappedBuffer(bytes));
            }
            AtStart received = new AtStart(part);
            server.channel().pipeline().addFirst(received);
            server.channel().config().setAutoRead(true);
            channel.writeAndFlush(huge).sync();
            eventually().until(() -> received.bytes == (long) parts * part);
            assertThat(received.wrong).isFalse();
            eventually().until(() -> huge.refCnt() == 0);
        }
    }
}
