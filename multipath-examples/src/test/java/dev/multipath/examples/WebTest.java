package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.examples.testing.TestCertificate;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.PathHistory;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java's own HTTP client, plain and with TLS, and HTTP over multipath sessions, all at the same two ports. */
final class WebTest {
    private static final int BODY_BYTES = 300_000;
    private static final int REQUESTS = 10;

    private static TestCertificate certificate;
    private static Path certificateFile;
    private static Path keyFile;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        certificate = TestCertificate.make();
        certificateFile = certificate.writeCertificate(directory.resolve("cert.pem"));
        keyFile = certificate.writeKey(directory.resolve("key.pem"));
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        EventLoops.shutDown(group);
    }

    /** One of the clients: sends a body and returns the answer's. */
    private interface Client {
        byte[] request(String method, byte[] body) throws Exception;
    }

    private static RunningCommand web() {
        return RunningCommand.start(
                "web",
                "-p",
                "0,0",
                "--bind",
                "127.0.0.1",
                "--cert",
                certificateFile.toString(),
                "--key",
                keyFile.toString());
    }

    private static List<InetSocketAddress> ports(RunningCommand web) {
        return web.addresses().stream()
                .map(HostPort::parse)
                .map(address -> new InetSocketAddress(address.host(), address.port()))
                .toList();
    }

    @Test
    void shouldServePlainAndMultipathClientsOnTheSamePortsAtOnce() throws Exception {
        try (RunningCommand web = web()) {
            List<InetSocketAddress> ports = ports(web);
            List<Client> clients = List.of(
                    plain("http", ports.get(0)),
                    plain("http", ports.get(1)),
                    plain("https", ports.get(0)),
                    multipath(ports, SubflowTransport.ofEventLoop()),
                    multipath(ports, SubflowTransport.ofEventLoop()),
                    multipath(ports, SubflowTransport.ofEventLoop().withInitializer(WebTest::addTls)));
            List<CompletableFuture<Void>> work = new ArrayList<>();
            for (int i = 0; i < clients.size(); i++) {
                Client client = clients.get(i);
                int seed = i;
                work.add(CompletableFuture.runAsync(() -> postAndCompare(client, seed), threads));
            }
            assertThat(work).allSatisfy(done -> assertThat(done).succeedsWithin(RunningCommand.TIME_LIMIT));
        }
    }

    @Test
    void shouldTellPlainAndMultipathClientsApart() throws Exception {
        try (RunningCommand web = web()) {
            List<InetSocketAddress> ports = ports(web);
            assertThat(get(plain("http", ports.get(0)))).startsWith("Hello over plain TCP");
            assertThat(get(plain("https", ports.get(0)))).startsWith("Hello over TLS");
            Client multipath = multipath(ports, SubflowTransport.ofEventLoop());
            assertThat(get(multipath)).startsWith("Hello over multipath");
            // The server learns a little later than the client that a path has joined.
            await().atMost(RunningCommand.TIME_LIMIT).until(() -> get(multipath).contains(" and "));
        }
    }

    @Test
    void shouldRefuseWhatSpeaksNothingOfThat() throws Exception {
        try (RunningCommand web = web()) {
            for (String words : List.of("\u0080", "get / HTTP/1.1\r\n\r\n", "GARBAGE\r\n\r\n", "\n".repeat(100_000))) {
                try (Socket socket = new Socket()) {
                    socket.connect(ports(web).get(0));
                    socket.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
                    socket.getOutputStream().write(words.getBytes(StandardCharsets.ISO_8859_1));
                    // To its end, which the server makes.
                    assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                            .startsWith("HTTP/1.")
                            .contains(" 400 Bad Request\r\n");
                }
            }
        }
    }

    private static void postAndCompare(Client client, int seed) {
        Random random = new Random(seed);
        byte[] body = new byte[BODY_BYTES];
        for (int i = 0; i < REQUESTS; i++) {
            random.nextBytes(body);
            try {
                assertThat(client.request("POST", body)).isEqualTo(body);
            } catch (Exception e) {
                throw new AssertionError("client " + seed + ", request " + i, e);
            }
        }
    }

    private static String get(Client client) throws Exception {
        return new String(client.request("GET", new byte[0]), StandardCharsets.UTF_8);
    }

    private static Client plain(String scheme, InetSocketAddress address) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("server", certificate.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(tls)
                .build();
        URI uri = URI.create(scheme + "://localhost:" + address.getPort() + "/");
        return (method, body) -> http.send(
                        HttpRequest.newBuilder(uri)
                                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                                .timeout(RunningCommand.TIME_LIMIT)
                                .build(),
                        BodyHandlers.ofByteArray())
                .body();
    }

    private static void addTls(Channel subflow) {
        try {
            SslContext tls = SslContextBuilder.forClient()
                    .trustManager(certificate.certificate())
                    .build();
            subflow.pipeline().addLast(tls.newHandler(subflow.alloc(), "localhost", 0));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Over all the addresses; returns when all of them have joined. */
    private Client multipath(List<InetSocketAddress> addresses, SubflowTransport transport) throws Exception {
        BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
        CountDownLatch joined = new CountDownLatch(addresses.size());
        Channel session = new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpClientCodec(),
                                        new HttpObjectAggregator(BODY_BYTES),
                                        new SimpleChannelInboundHandler<FullHttpResponse>() {
                                            @Override
                                            protected void channelRead0(
                                                    ChannelHandlerContext ctx, FullHttpResponse response) {
                                                answers.add(ByteBufUtil.getBytes(response.content()));
                                            }

                                            @Override
                                            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                                                if (event instanceof SubflowEvent subflow
                                                        && subflow.kind() == SubflowEvent.Kind.ADDED) {
                                                    joined.countDown();
                                                }
                                            }
                                        });
                    }
                })
                .connect(MultipathAddress.of(addresses.toArray(SocketAddress[]::new)))
                .sync()
                .channel();
        assertThat(joined.await(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("all paths have joined")
                .isTrue();
        return (method, body) -> {
            FullHttpRequest request = new DefaultFullHttpRequest(
                    HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), "/", Unpooled.wrappedBuffer(body));
            HttpUtil.setContentLength(request, body.length);
            session.writeAndFlush(request).sync();
            return answers.poll(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
        };
    }
}
