package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.examples.stacks.Wires.Kind;
import dev.multipath.examples.stream.EchoHandler;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.compression.JdkZlibDecoder;
import io.netty.handler.codec.compression.JdkZlibEncoder;
import io.netty.handler.codec.compression.ZlibWrapper;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.handler.ipfilter.RuleBasedIpFilter;
import io.netty.handler.logging.LogLevel;
import io.netty.handler.logging.LoggingHandler;
import io.netty.handler.stream.ChunkedFile;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedStream;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.handler.traffic.ChannelTrafficShapingHandler;
import io.netty.handler.traffic.GlobalTrafficShapingHandler;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Netty's own handlers do on two paths what they do on a socket. */
class StockHandlersTest {

    /** More than a kernel takes for a reader that does not read, and than a session holds. */
    private static final int TOO_MUCH = 64 << 20;

    private static final int FILE_BYTES = 3_000_001;

    @ParameterizedTest
    @EnumSource
    void shouldTellOfIdleness(Kind kind) throws Exception {
        List<IdleState> states = new CopyOnWriteArrayList<>();
        try (Wires wires = new Wires(kind)) {
            Trace server = new Trace() {
                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    if (event instanceof IdleStateEvent idle && idle.isFirst()) {
                        states.add(idle.state());
                    }
                }
            };
            wires.connect(
                    p -> p.addLast(new IdleStateHandler(true, 100, 200, 300, TimeUnit.MILLISECONDS), server), p -> {});
            eventually().until(() -> states.size() == 3);
            assertThat(states).containsExactly(IdleState.READER_IDLE, IdleState.WRITER_IDLE, IdleState.ALL_IDLE);
        }
    }

    /** One that is being written, however slowly, is not idle for who observes the output; one that stands still is. */
    @ParameterizedTest
    @EnumSource
    void shouldObserveTheOutput(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            Trace client = new Trace();
            Channel channel = wires.connect(
                    wires.server(p -> p.addLast(new Trace())).childOption(ChannelOption.AUTO_READ, false),
                    wires.client(p -> p.addLast(new IdleStateHandler(true, 0, 300, 0, TimeUnit.MILLISECONDS), client)));
            ChannelFuture written = channel.writeAndFlush(zeros(TOO_MUCH));
            client.await("WRITER_IDLE");
            assertThat(written.isDone()).isFalse();
            wires.accepted().config().setAutoRead(true);
            written.sync();
            assertThat(client.events()).noneMatch(event -> event.startsWith("exception"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTimeReadsOut(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            Trace server = new Trace();
            Trace client = new Trace();
            Channel channel = wires.connect(
                    p -> p.addLast(new ReadTimeoutHandler(200, TimeUnit.MILLISECONDS), server), p -> p.addLast(client));
            channel.writeAndFlush(zeros(1));
            server.await("unregistered");
            client.await("unregistered");
            assertThat(server.events())
                    .containsExactly(
                            "registered",
                            "active",
                            "read",
                            "exception ReadTimeoutException",
                            "inactive",
                            "unregistered");
            assertThat(client.events()).containsExactly("registered", "active", "inactive", "unregistered");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTimeWritesOut(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            Trace client = new Trace();
            // A session lingers for its reader; who gives up on it sets, as for a socket, how long.
            Channel channel = wires.connect(
                    wires.server(p -> p.addLast(new Trace())).childOption(ChannelOption.AUTO_READ, false),
                    wires.client(p -> p.addLast(new WriteTimeoutHandler(300, TimeUnit.MILLISECONDS), client))
                            .option(ChannelOption.SO_LINGER, 0));
            ChannelFuture written = channel.writeAndFlush(zeros(TOO_MUCH));
            client.await("unregistered");
            assertThat(client.events()).contains("exception WriteTimeoutException", "inactive");
            assertThat(Trace.nameOf(written.await().cause())).isEqualTo("ClosedChannelException");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveOneMessageARead(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            Trace server = new Trace();
            Channel channel = wires.connect(
                    wires.server(p -> p.addLast(new LineBasedFrameDecoder(100), new FlowControlHandler(), server))
                            .childOption(ChannelOption.AUTO_READ, false),
                    wires.client(p -> {}));
            channel.writeAndFlush(text("one\ntwo!!\nthree--\n")).sync();
            Channel accepted = wires.accepted();
            accepted.read();
            server.awaitRead(3);
            for (int bytes : new int[] {3, 8, 15}) {
                assertThat(server.readBytes()).isEqualTo(bytes);
                accepted.eventLoop().submit(accepted::read).sync();
                accepted.eventLoop().submit(() -> {}).sync();
            }
            assertThat(server.readBytes()).isEqualTo(15);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldFrameCompressAndConsolidate(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            Trace client = new Trace();
            Channel channel = wires.connect(
                    p -> {
                        stack(p);
                        p.addLast(new EchoHandler());
                    },
                    p -> {
                        stack(p);
                        p.addLast(client);
                    });
            int messages = 2000;
            channel.eventLoop()
                    .submit(() -> {
                        for (int i = 0; i < messages; i++) {
                            channel.writeAndFlush(zeros(i), channel.voidPromise());
                        }
                    })
                    .sync();
            client.awaitRead(messages * (messages - 1) / 2);
            channel.close().sync();
            client.await("unregistered");
            assertThat(client.events()).containsExactly("registered", "active", "read", "inactive", "unregistered");
        }
    }

    private static void stack(ChannelPipeline pipeline) {
        pipeline.addLast(new LoggingHandler(LogLevel.TRACE), new FlushConsolidationHandler(64, true));
        pipeline.addLast(new JdkZlibEncoder(ZlibWrapper.GZIP), new JdkZlibDecoder(ZlibWrapper.GZIP, 0));
        pipeline.addLast(new LengthFieldBasedFrameDecoder(1 << 20, 0, 4, 0, 4), new LengthFieldPrepender(4));
    }

    @ParameterizedTest
    @EnumSource
    void shouldShapeTraffic(Kind kind) throws Exception {
        shape(kind, new ChannelTrafficShapingHandler(1_000_000, 0, 100));
        try (Wires wires = new Wires(kind)) {
            GlobalTrafficShapingHandler global = new GlobalTrafficShapingHandler(wires.group(), 1_000_000, 0, 100);
            shape(wires, global);
            global.release();
        }
    }

    private static void shape(Kind kind, ChannelHandler shaping) throws Exception {
        try (Wires wires = new Wires(kind)) {
            shape(wires, shaping);
        }
    }

    private static void shape(Wires wires, ChannelHandler shaping) throws Exception {
        Trace server = new Trace();
        Channel channel = wires.connect(p -> p.addLast(server), p -> p.addLast(shaping));
        long startNanos = System.nanoTime();
        for (int i = 0; i < 60; i++) {
            channel.writeAndFlush(zeros(10_000));
        }
        server.awaitRead(600_000);
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThan(Duration.ofMillis(300));
        channel.close().sync();
        server.await("unregistered");
        assertThat(server.readBytes()).isEqualTo(600_000);
    }

    @ParameterizedTest
    @EnumSource
    void shouldWriteChunks(Kind kind, @TempDir Path directory) throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[FILE_BYTES]);
        List<ThrowingSupplier<Object>> inputs = List.of(
                () -> new ChunkedFile(file.toFile()),
                () -> new ChunkedNioFile(file.toFile()),
                () -> new ChunkedStream(new ByteArrayInputStream(new byte[FILE_BYTES])),
                () -> new DefaultFileRegion(file.toFile(), 0, FILE_BYTES));
        try (Wires wires = new Wires(kind)) {
            Trace server = new Trace();
            Channel channel =
                    wires.connect(p -> p.addLast(server), p -> p.addLast(new ChunkedWriteHandler(), new Trace()));
            List<Long> progress = new CopyOnWriteArrayList<>();
            for (ThrowingSupplier<Object> input : inputs) {
                channel.writeAndFlush(input.get(), channel.newProgressivePromise())
                        .addListener(new Progress(progress))
                        .sync();
            }
            channel.close().sync();
            server.await("unregistered");
            assertThat(server.readBytes()).isEqualTo((long) inputs.size() * FILE_BYTES);
            assertThat(progress.stream().filter(bytes -> bytes == FILE_BYTES)).hasSizeGreaterThanOrEqualTo(3);
        }
    }

    private interface ThrowingSupplier<T> {
        T get() throws Exception;
    }

    private record Progress(List<Long> seen) implements ChannelProgressiveFutureListener {
        @Override
        public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
            seen.add(progress);
        }

        @Override
        public void operationComplete(ChannelProgressiveFuture future) {}
    }

    @ParameterizedTest
    @EnumSource
    void shouldDecodeWhatAProxySaysFirst(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            Trace server = new Trace();
            Channel channel = wires.connect(p -> p.addLast(new HAProxyMessageDecoder(), server), p -> {});
            channel.writeAndFlush(text("PROXY TCP4 10.0.0.1 10.0.0.2 1234 80\r\nand then"))
                    .sync();
            server.awaitRead("and then".length());
            assertThat(server.events()).containsExactly("registered", "active", "read HAProxyMessage", "read");
        }
    }

    /** Addresses are those of connections: a filter of addresses belongs into the subflows' pipelines. */
    @ParameterizedTest
    @EnumSource
    void shouldFilterAddresses(Kind kind) throws Exception {
        Supplier<ChannelHandler> filter =
                () -> new RuleBasedIpFilter(true, new IpSubnetFilterRule("127.0.0.0", 8, IpFilterRuleType.REJECT));
        try (Wires wires = new Wires(kind)) {
            Trace trace = new Trace();
            ServerBootstrap server = wires.server(p -> {
                if (kind == Kind.SOCKET) {
                    p.addLast(filter.get());
                }
                p.addLast(trace);
            });
            if (kind != Kind.SOCKET) {
                server.option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        SubflowTransport.ofEventLoop()
                                .withInitializer(ch -> ch.pipeline().addFirst(filter.get())));
            }
            Trace client = new Trace();
            wires.listen(server);
            wires.client(p -> p.addLast(client)).connect(wires.address()).await();
            client.await("unregistered");
            assertThat(trace.events()).doesNotContain("active", "read");
        }
    }

    private static ByteBuf zeros(int bytes) {
        return Unpooled.buffer(bytes, Math.max(1, bytes)).writeZero(bytes);
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
