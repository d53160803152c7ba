package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.testing.OneIn;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTP/2: a hundred streams at a time, each with its own body there and back, of which none is lost with its path. */
class Http2StreamsTest {

    private static final int STREAMS = 100;
    private static final int BODY_BYTES = 100 << 10;
    private static final int DATA_FRAME_BYTES = 10 << 10;

    /** More than the paths have under way: the paths, not HTTP/2, are to be what limits. */
    private static final int WINDOW_BYTES = 16 << 20;

    private static final PathSettings FAST = PathSettings.ofMbit(30, Duration.ofMillis(5));
    private static final PathSettings SLOW = PathSettings.ofMbit(20, Duration.ofMillis(15));

    private final AtomicLong receivedBytes = new AtomicLong();
    private final AtomicInteger openStreams = new AtomicInteger();
    private final CompletableFuture<Void> allOpen = new CompletableFuture<>();

    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @EnumSource
    void shouldEchoAHundredStreamsAtATimeWhenAPathDies(TwoPaths.Death death) throws Exception {
        try (TwoPaths paths = TwoPaths.connect(
                FAST,
                SLOW,
                server -> addHttp2(server, Http2FrameCodecBuilder.forServer(), new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.pipeline().addLast(new Echo());
                    }
                }),
                client -> addHttp2(client, Http2FrameCodecBuilder.forClient(), new ChannelInboundHandlerAdapter()))) {
            List<Exchange> exchanges = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                Exchange exchange = new Exchange(i);
                exchanges.add(exchange);
                exchange.start(new Http2StreamChannelBootstrap(paths.client())
                        .handler(exchange)
                        .open()
                        .get());
            }
            eventually().until(() -> receivedBytes.get() > (long) STREAMS * BODY_BYTES / 8);

            paths.kill(death);
            assertThat(exchanges).as("killed in the middle").anySatisfy(exchange -> assertThat(exchange.echoed)
                    .isNotDone());

            for (Exchange exchange : exchanges) {
                assertThat(exchange.echoed)
                        .as("stream %s", exchange.number)
                        .succeedsWithin(Duration.ofSeconds(60))
                        .isEqualTo(exchange.body);
            }
            assertThat(receivedBytes).hasValue((long) STREAMS * BODY_BYTES);
            paths.client().close().sync();
            paths.awaitEnd();
        }
    }

    private static void addHttp2(ChannelPipeline pipeline, Http2FrameCodecBuilder codec, ChannelHandler streams) {
        pipeline.addLast(
                codec.initialSettings(Http2Settings.defaultSettings()
                                .initialWindowSize(WINDOW_BYTES)
                                .maxConcurrentStreams(STREAMS))
                        .build(),
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        // The connection's own window is not one of the settings.
                        ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(WINDOW_BYTES));
                        ctx.fireChannelActive();
                    }
                },
                new Http2MultiplexHandler(streams));
    }

    /** One stream of the client: its body goes out in parts, most of them only once all streams are open. */
    private final class Exchange extends ChannelInboundHandlerAdapter {
        private final int number;
        private final byte[] body = new byte[BODY_BYTES];
        private final ByteArrayOutputStream received = new ByteArrayOutputStream(BODY_BYTES);
        private final CompletableFuture<byte[]> echoed = new CompletableFuture<>();

        Exchange(int number) {
            this.number = number;
            new Random(number).nextBytes(body);
        }

        void start(Http2StreamChannel stream) {
            stream.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers()
                    .method("POST")
                    .scheme("http")
                    .authority("localhost")
                    .path("/echo/" + number)));
            stream.writeAndFlush(part(0));
        }

        private Http2DataFrame part(int offset) {
            boolean last = offset + DATA_FRAME_BYTES == BODY_BYTES;
            return new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body, offset, DATA_FRAME_BYTES), last);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2HeadersFrame head) {
                assertThat(head.headers().status()).hasToString("200");
                if (openStreams.incrementAndGet() == STREAMS) {
                    allOpen.complete(null);
                }
                allOpen.thenRun(() -> sendRest(ctx));
            } else if (message instanceof Http2DataFrame data) {
                try {
                    receive(data);
                } finally {
                    data.release();
                }
            }
        }

        private void sendRest(ChannelHandlerContext ctx) {
            for (int offset = DATA_FRAME_BYTES; offset < BODY_BYTES; offset += DATA_FRAME_BYTES) {
                ctx.write(part(offset));
            }
            ctx.flush();
        }

        private void receive(Http2DataFrame data) {
            byte[] bytes = ByteBufUtil.getBytes(data.content());
            received.writeBytes(bytes);
            receivedBytes.addAndGet(bytes.length);
            if (data.isEndStream()) {
                echoed.complete(received.toByteArray());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            echoed.completeExceptionally(new IOException("the stream ended after " + received.size() + " bytes"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            echoed.completeExceptionally(cause);
            ctx.close();
        }
    }

    /** One stream of the server. */
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2HeadersFrame) {
                ctx.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));
            } else if (message instanceof Http2DataFrame data) {
                ctx.write(new DefaultHttp2DataFrame(data.content(), data.isEndStream()));
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }
    }
}
