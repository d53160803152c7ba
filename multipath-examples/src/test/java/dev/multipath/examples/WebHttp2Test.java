package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.examples.testing.TestCertificate;
import dev.multipath.path.MultipathAddress;
import dev.multipath.testing.OneIn;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code web --www} by HTTP/2: Java's client over TLS, and Netty's in a multipath session. */
final class WebHttp2Test {
    private static final byte[] BYTES = new byte[3 << 20];

    @TempDir
    private Path directory;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private TestCertificate certificate;
    private RunningCommand server;

    @BeforeEach
    void start() throws Exception {
        new Random(1).nextBytes(BYTES);
        Path root = Files.createDirectory(directory.resolve("www"));
        Files.write(root.resolve("data"), BYTES);
        certificate = TestCertificate.make();
        server = RunningCommand.start(
                "web",
                "--bind",
                "127.0.0.1",
                "-p",
                "0,0",
                "--www",
                root.toString(),
                "--cert",
                certificate.writeCertificate(directory.resolve("cert.pem")).toString(),
                "--key",
                certificate.writeKey(directory.resolve("key.pem")).toString());
    }

    @AfterEach
    void stop() {
        EventLoops.shutDown(group);
        server.close();
    }

    private List<InetSocketAddress> addresses() {
        return server.addresses().stream()
                .map(HostPort::parse)
                .map(address -> new InetSocketAddress(address.host(), address.port()))
                .toList();
    }

    @Test
    void shouldSpeakHttp2OverTls() throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "server",
                dev.multipath.examples.tls.PemFiles.certificates(
                        directory.resolve("cert.pem").toFile())[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
        String origin = "https://localhost:" + addresses().get(0).getPort();

        HttpResponse<byte[]> data = client.send(request(origin + "/data").build(), BodyHandlers.ofByteArray());
        assertThat(data.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(data.body()).isEqualTo(BYTES);
        HttpResponse<byte[]> none = client.send(request(origin + "/none").build(), BodyHandlers.ofByteArray());
        assertThat(none.statusCode()).isEqualTo(404);
        HttpResponse<byte[]> old = client.send(
                request(origin + "/data").version(HttpClient.Version.HTTP_1_1).build(), BodyHandlers.ofByteArray());
        assertThat(old.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        assertThat(old.body()).isEqualTo(BYTES);
    }

    private static HttpRequest.Builder request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).timeout(RunningCommand.TIME_LIMIT);
    }

    /** What is asked for last, and is urgent, comes first. */
    @Test
    void shouldSendWhatIsUrgentFirstInASession() throws Exception {
        Channel session = connect();
        List<String> order = new CopyOnWriteArrayList<>();
        CompletableFuture<byte[]> late = request(session, "u=7", () -> order.add("u=7"));
        CompletableFuture<byte[]> usual = request(session, null, () -> order.add("null"));
        CompletableFuture<byte[]> soon = request(session, "u=0, i", () -> order.add("u=0, i"));

        for (CompletableFuture<byte[]> each : List.of(late, usual, soon)) {
            assertThat(each.get(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(BYTES);
        }
        assertThat(order).containsExactly("u=0, i", "null", "u=7");
        session.close().sync();
    }

    /** Said of a stream before its request comes, or when it is already answered (RFC 9218 section 7.1). */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldHeedPriorityUpdates(boolean early) throws Exception {
        Channel session = connect();
        List<String> order = new CopyOnWriteArrayList<>();
        Map<Integer, String> wishes = Map.of(3, "u=7", 7, "u=0, i");
        if (early) {
            wishes.forEach((stream, wish) -> update(session, stream, wish));
        }
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        for (String name : List.of("first", "second", "third")) {
            answers.add(request(session, null, () -> order.add(name)));
        }
        if (!early) {
            wishes.forEach((stream, wish) -> update(session, stream, wish));
        }

        for (CompletableFuture<byte[]> each : answers) {
            assertThat(each.get(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(BYTES);
        }
        assertThat(order).containsExactly("third", "second", "first");
        session.close().sync();
    }

    /** It costs who sends it the connection. */
    @OneIn(2)
    @ParameterizedTest
    @CsvSource({"0, ''", "0, 0000", "0, 00000000753d31", "3, 00000003753d31"})
    void shouldRefuseWrongPriorityUpdates(int stream, String hex) throws Exception {
        Channel session = connect();
        request(session, null, () -> {});
        update(session, stream, Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
        assertThat(session.closeFuture().await(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    /** What is not known yet costs a bounded memory, and does not disturb what is asked. */
    @Test
    void shouldBearManyPriorityUpdates() throws Exception {
        Channel session = connect();
        for (int i = 0; i < 10_000; i++) {
            update(session, 2 * i + 3, "u=9");
        }
        assertThat(request(session, null, () -> {}).get(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isEqualTo(BYTES);
        session.close().sync();
    }

    /** Netty's own begins with 3; handlers take 1 for an upgrade's unless the session is known as a server's end. */
    @Test
    void shouldAnswerAClientWhoseFirstStreamIsOne() throws Exception {
        CompletableFuture<Void> answered = new CompletableFuture<>();
        Channel session = connect(new FrameSeeker(1, answered));
        session.writeAndFlush(Unpooled.copiedBuffer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", StandardCharsets.US_ASCII));
        // SETTINGS; HEADERS of stream 1, which ends: GET http://x/
        session.writeAndFlush(Unpooled.wrappedBuffer(
                ByteBufUtil.decodeHexDump("000000040000000000" + "000006010500000001" + "828684410178")));
        answered.get(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
        session.close().sync();
    }

    private static void update(Channel session, int stream, String priority) {
        ByteBuf payload = session.alloc().buffer().writeInt(stream);
        payload.writeCharSequence(priority, StandardCharsets.US_ASCII);
        update(session, 0, payload);
    }

    private static void update(Channel session, int stream, ByteBuf payload) {
        session.eventLoop().execute(() -> {
            Http2FrameCodec codec = session.pipeline().get(Http2FrameCodec.class);
            ChannelHandlerContext ctx = session.pipeline().context(codec);
            codec.encoder().writeFrame(ctx, (byte) 0x10, stream, new Http2Flags(), payload, ctx.newPromise());
            ctx.flush();
        });
    }

    private Channel connect() throws InterruptedException {
        return connect(
                Http2FrameCodecBuilder.forClient().build(),
                new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
    }

    private Channel connect(ChannelHandler... handlers) throws InterruptedException {
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(handlers);
                    }
                })
                .connect(MultipathAddress.of(addresses().toArray(SocketAddress[]::new)))
                .sync()
                .channel();
    }

    private static CompletableFuture<byte[]> request(Channel session, String priority, Runnable onEnd)
            throws Exception {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        Http2StreamChannel stream = new Http2StreamChannelBootstrap(session)
                .handler(new Collector(answer, onEnd))
                .open()
                .sync()
                .getNow();
        Http2Headers headers = new DefaultHttp2Headers()
                .method("GET")
                .path("/data")
                .scheme("http")
                .authority("x");
        if (priority != null) {
            headers.set("priority", priority);
        }
        stream.writeAndFlush(new DefaultHttp2HeadersFrame(headers, true)).sync();
        return answer;
    }

    /** Waits for the HEADERS of a stream, of whatever the server sends. */
    private static final class FrameSeeker extends ByteToMessageDecoder {
        private static final int HEADER_BYTES = 9;
        private static final int HEADERS = 1;

        private final int stream;
        private final CompletableFuture<Void> found;

        FrameSeeker(int stream, CompletableFuture<Void> found) {
            this.stream = stream;
            this.found = found;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            int bytes = in.readableBytes() < HEADER_BYTES
                    ? Integer.MAX_VALUE
                    : HEADER_BYTES + in.getUnsignedMedium(in.readerIndex());
            if (in.readableBytes() >= bytes) {
                if (in.getByte(in.readerIndex() + 3) == HEADERS && in.getInt(in.readerIndex() + 5) == stream) {
                    found.complete(null);
                }
                in.skipBytes(bytes);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            super.channelInactive(ctx);
            found.completeExceptionally(new AssertionError("ended early"));
        }
    }

    private static final class Collector extends ChannelInboundHandlerAdapter {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> answer;
        private final Runnable onEnd;

        Collector(CompletableFuture<byte[]> answer, Runnable onEnd) {
            this.answer = answer;
            this.onEnd = onEnd;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            try {
                if (message instanceof Http2HeadersFrame headers
                        && !"200".contentEquals(headers.headers().status())) {
                    answer.completeExceptionally(new AssertionError(headers));
                }
                if (message instanceof Http2DataFrame data) {
                    data.content().readBytes(body, data.content().readableBytes());
                    int consumed = data.initialFlowControlledBytes();
                    ctx.write(new DefaultHttp2WindowUpdateFrame(consumed).stream(data.stream()));
                    if (data.isEndStream()) {
                        onEnd.run();
                        answer.complete(body.toByteArray());
                    }
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answer.completeExceptionally(new AssertionError("ended early"));
        }
    }
}
