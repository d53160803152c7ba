package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.testing.OneIn;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.stream.ChunkedInput;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTP/1.1: a chunked download of 100 MiB goes on when its path dies, and neither end holds more than its buffers. */
class HttpDownloadTest {

    private static final long BODY_BYTES = 100L << 20;
    private static final long SEED = 20261121;

    /** All of it is made, hashed twice and carried by emulated paths: that takes processors, of which others may want their part. */
    private static final Duration WHOLE = Duration.ofMinutes(10);

    /** Seconds for the whole, most of it over the slower path. */
    private static final PathSettings FAST = PathSettings.ofMbit(400, Duration.ofMillis(5));

    private static final PathSettings SLOW = PathSettings.ofMbit(300, Duration.ofMillis(10));

    /** The sender's buffer of 8 MiB, which covers all that is under way, and some more in its pipeline. */
    private static final long MAX_BYTES_UNDER_WAY = 10 << 20;

    /** That, what the receiver reorders, the emulator's queues, and the chunks that an allocator takes memory in. */
    private static final long MAX_BUFFER_BYTES = 64 << 20;

    @OneIn(2)
    @ParameterizedTest
    @EnumSource
    void shouldDownloadEveryByteInConstantMemoryWhenAPathDies(TwoPaths.Death death) throws Exception {
        Body body = new Body();
        Download download = new Download(body);
        try (TwoPaths paths = TwoPaths.connect(
                FAST,
                SLOW,
                server -> server.addLast(new HttpServerCodec(), new ChunkedWriteHandler(), new DownloadServer(body)),
                client -> client.addLast(new HttpClientCodec(), download))) {
            paths.client()
                    .writeAndFlush(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/100MiB"))
                    .sync();
            eventually().until(() -> download.receivedBytes > BODY_BYTES / 8);

            paths.kill(death);
            assertThat(download.receivedBytes).as("killed in the middle").isLessThan(BODY_BYTES * 7 / 8);

            eventually().atMost(WHOLE).until(() -> download.complete || download.failure != null);
            assertThat(download.failure).isNull();
            assertThat(download.response.status()).isEqualTo(HttpResponseStatus.OK);
            assertThat(HttpUtil.isTransferEncodingChunked(download.response)).isTrue();
            assertThat(download.receivedBytes).isEqualTo(BODY_BYTES);
            assertThat(hex(download.digest)).isEqualTo(hex(body.digest));
            assertThat(download.mostUnderWayBytes).isLessThan(MAX_BYTES_UNDER_WAY);
            assertThat(download.mostBufferBytes).isLessThan(MAX_BUFFER_BYTES);
            paths.client().close().sync();
            paths.awaitEnd();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Random bytes, made when they are asked for. */
    private static final class Body implements ChunkedInput<ByteBuf> {
        private final Random random = new Random(SEED);
        private final byte[] chunk = new byte[32 << 10];
        private final MessageDigest digest = sha256();
        private volatile long progress;

        @Override
        public ByteBuf readChunk(ByteBufAllocator allocator) {
            int bytes = (int) Math.min(chunk.length, BODY_BYTES - progress);
            random.nextBytes(chunk);
            digest.update(chunk, 0, bytes);
            progress = progress + bytes;
            return allocator.buffer(bytes).writeBytes(chunk, 0, bytes);
        }

        @Override
        @SuppressWarnings("deprecation") // still a method of the interface
        public ByteBuf readChunk(ChannelHandlerContext ctx) {
            return readChunk(ctx.alloc());
        }

        @Override
        public boolean isEndOfInput() {
            return progress == BODY_BYTES;
        }

        @Override
        public void close() {}

        @Override
        public long length() {
            return -1;
        }

        @Override
        public long progress() {
            return progress;
        }
    }

    private static final class DownloadServer extends SimpleChannelInboundHandler<HttpObject> {
        private final Body body;

        DownloadServer(Body body) {
            this.body = body;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (message instanceof HttpRequest) {
                HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
                response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
                HttpUtil.setTransferEncodingChunked(response, true);
                ctx.write(response);
                ctx.writeAndFlush(new HttpChunkedInput(body));
            }
        }
    }

    private static final class Download extends SimpleChannelInboundHandler<HttpObject> {
        private final Body sent;
        private final long buffersBefore = bufferBytes();
        private final MessageDigest digest = sha256();
        private volatile HttpResponse response;
        private volatile long receivedBytes;
        private volatile long mostUnderWayBytes;
        private volatile long mostBufferBytes;
        private volatile boolean complete;
        private volatile Throwable failure;

        Download(Body sent) {
            this.sent = sent;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (message instanceof HttpResponse head) {
                response = head;
            }
            if (message instanceof HttpContent content) {
                digest.update(content.content().nioBuffer());
                receivedBytes = receivedBytes + content.content().readableBytes();
                mostUnderWayBytes = Math.max(mostUnderWayBytes, sent.progress - receivedBytes);
                mostBufferBytes = Math.max(mostBufferBytes, bufferBytes() - buffersBefore);
            }
            complete = message instanceof LastHttpContent;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failure = cause;
            ctx.close();
        }

        /** What all channels of this process hold of their common allocator, the emulator's too. */
        private static long bufferBytes() {
            var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
            return metric.usedDirectMemory() + metric.usedHeapMemory();
        }
    }
}
