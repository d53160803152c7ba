package dev.multipath.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.TransportStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.Schedulers;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page and what it asks, over real HTTP, word by word, as browsers and those who mean harm send it. */
class MultipathDashboardHandlerTest {

    private static final String TOKEN = "a-token_of-22-letters0";
    private static final int TIME_LIMIT_MILLIS = 60_000;
    private static final SocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private MultipathServerChannel server;
    private MultipathChannel client;
    private int port;

    @BeforeEach
    void start() throws Exception {
        server = (MultipathServerChannel) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childHandler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public boolean isSharable() {
                        return true;
                    }
                })
                .bind(MultipathAddress.of(ANY_PORT, ANY_PORT))
                .sync()
                .channel();
        List<Path> listeners = server.localAddress().paths();
        client = connect(listeners.get(0).withLabel("wifi<b>"), listeners.get(1).withLabel("lte"));
        eventually().until(() -> client.subflows().size() == 2);
        MultipathDashboardHandler page = MultipathDashboardHandler.builder(() -> List.of(client.snapshot()))
                .path("/paths/")
                .token(TOKEN)
                .host("admin.test")
                .build();
        assertThat(page.pathAndToken()).isEqualTo("/paths/?token=" + TOKEN);
        port = ((InetSocketAddress) new ServerBootstrap()
                        .group(group)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel connection) {
                                connection
                                        .pipeline()
                                        .addLast(
                                                new HttpServerCodec(),
                                                new HttpObjectAggregator(65_536),
                                                page,
                                                new Application());
                            }
                        })
                        .bind(ANY_PORT)
                        .sync()
                        .channel()
                        .localAddress())
                .getPort();
    }

    private MultipathChannel connect(Path... paths) throws InterruptedException {
        return (MultipathChannel) new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, new Knowing())
                .handler(new ChannelInboundHandlerAdapter())
                .connect(MultipathAddress.of(paths))
                .sync()
                .channel();
    }

    /** What else the server does. */
    private static final class Application extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            DefaultFullHttpResponse response =
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT);
            HttpUtil.setContentLength(response, 0);
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @AfterEach
    void stop() {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        assertThat(group.terminationFuture().awaitUninterruptibly(60, TimeUnit.SECONDS))
                .isTrue();
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5));
    }

    private String ask(String method, String target, String body, String... headers) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(TIME_LIMIT_MILLIS);
            send(socket, method, target, body, headers);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void send(Socket socket, String method, String target, String body, String... headers) throws IOException {
        StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\nConnection: close\r\n");
        boolean hasHost = false;
        for (String header : headers) {
            hasHost |= header.startsWith("Host:");
            request.append(header).append("\r\n");
        }
        if (!hasHost) {
            request.append("Host: 127.0.0.1:").append(port).append("\r\n");
        }
        request.append("Content-Length: ")
                .append(body.length())
                .append("\r\n\r\n")
                .append(body);
        socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static int status(String answer) {
        return Integer.parseInt(answer.split(" ")[1]);
    }

    private String page(String... headers) throws IOException {
        return ask("GET", "/paths/?token=" + TOKEN, "", headers);
    }

    @Test
    void shouldServeThePageToWhoHasTheTokenAndItsFilesToAll() throws Exception {
        String page = page();
        assertThat(status(page)).isEqualTo(200);
        assertThat(page)
                .contains("<title>Multipath sessions</title>")
                .contains("content-security-policy: default-src 'none'")
                .contains("referrer-policy: no-referrer")
                .contains("cache-control: no-store")
                .doesNotContain(TOKEN);
        for (String file : List.of("dashboard.js", "charts.js", "dashboard.css", "uplot.js", "uplot.css")) {
            assertThat(page).contains("\"" + file + "\"");
            assertThat(status(ask("GET", "/paths/" + file, ""))).isEqualTo(200);
        }
        assertThat(ask("GET", "/paths/uplot.js", "")).contains("uPlot");
        assertThat(status(ask("GET", "/paths/secret?token=" + TOKEN, ""))).isEqualTo(404);
        assertThat(status(ask("GET", "/other", ""))).isEqualTo(204);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "?token=",
                "?token=a-token_of-22-letters1",
                "?token=a-token_of-22-letters0x",
                "?token=a",
                "?token=a-token_of-22-letters0&token=b"
            })
    void shouldTellNothingWithoutTheToken(String query) throws Exception {
        for (String file : List.of("", "events", "secret")) {
            assertThat(status(ask("GET", "/paths/" + file + query, ""))).isEqualTo(403);
        }
        assertThat(status(ask("POST", "/paths/action" + query, action("remove", "lte"))))
                .isEqualTo(403);
        assertThat(client.subflows()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 200",
        "localhost:1, 200",
        "LOCALHOST, 200",
        "admin.test, 200",
        "evil.test, 421",
        "127.0.0.1.evil.test, 421",
        "[::1], 421",
        "'', 421",
    })
    void shouldRefuseOtherHosts(String host, int status) throws Exception {
        assertThat(status(page("Host: " + host))).isEqualTo(status);
    }

    @Test
    void shouldRefuseOtherOrigins() throws Exception {
        String own = "http://127.0.0.1:" + port;
        assertThat(status(page("Origin: " + own))).isEqualTo(200);
        for (String origin : List.of("http://evil.test", "null", own + "1", "http://localhost:" + port)) {
            assertThat(status(page("Origin: " + origin))).as(origin).isEqualTo(403);
            assertThat(status(
                            ask("POST", "/paths/action?token=" + TOKEN, action("remove", "lte"), "Origin: " + origin)))
                    .isEqualTo(403);
        }
        assertThat(client.subflows()).hasSize(2);
    }

    @Test
    void shouldActByPostOnly() throws Exception {
        assertThat(status(ask("GET", "/paths/action?token=" + TOKEN + "&" + action("remove", "lte"), "")))
                .isEqualTo(405);
        assertThat(status(ask("POST", "/paths/?token=" + TOKEN, ""))).isEqualTo(405);
        assertThat(status(ask("PUT", "/paths/events?token=" + TOKEN, ""))).isEqualTo(405);
        assertThat(client.subflows()).hasSize(2);
    }

    @Test
    void shouldTellOnceASecondHowAllIs() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(TIME_LIMIT_MILLIS);
            send(socket, "GET", "/paths/events?token=" + TOKEN, "");
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(reader.readLine()).isEqualTo("HTTP/1.1 200 OK");
            String first = nextEvent(reader);
            assertThat(first)
                    .contains("\"count\":1", "\"role\":\"client\"", "\"profile\":\"extended\"", "\"suspended\":false")
                    .contains("\"scheduler\":\"earliest\"", "\"schedulers\":[\"earliest\",\"lowest-rtt\",")
                    .contains("\"label\":\"wifi\\u003cb\\u003e\"", "\"label\":\"lte\"", "\"state\":\"ACTIVE\"")
                    .contains("\"reason\":\"joined\"", "\"staleness\":0", "\"limit\":")
                    .contains("\"id\":\"" + client.id().asShortText() + "\"")
                    .doesNotContain(client.snapshot().connectionId().toString());

            client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1234]));
            String later;
            do {
                later = nextEvent(reader);
            } while (!later.contains("\"sent\":1234") || !later.contains("\"transport\":{\"rtt"));
            assertThat(later).contains("\"transport\":{\"rtt\":2000,\"window\":30000,\"lost\":7,\"mptcp\":2}");
            client.close().sync();
        }
    }

    /** A transport that does not know how fast it is. */
    private static final class Knowing extends TransportDecorator {
        Knowing() {
            super(SubflowTransport.ofEventLoop());
        }

        @Override
        public TransportStats stats(Channel subflow) {
            long unknown = TransportStats.UNKNOWN;
            return new TransportStats(
                    2_000_000, 30_000, unknown, unknown, unknown, unknown, 7, new MptcpStats(2, 1000, 2000, 0));
        }
    }

    private static String nextEvent(BufferedReader reader) throws IOException {
        String line;
        do {
            line = reader.readLine();
            assertThat(line).isNotNull();
        } while (!line.startsWith("data: "));
        return line;
    }

    private String action(String action, String path) {
        return "session=" + client.id().asShortText() + "&action=" + action + "&path=" + path;
    }

    private String act(String parameters) throws IOException {
        return ask("POST", "/paths/action?token=" + TOKEN, parameters);
    }

    @Test
    void shouldSetPathsToBackupRemoveAndAddThem() throws Exception {
        assertThat(status(act(action("backup", "lte")))).isEqualTo(200);
        eventually()
                .until(() ->
                        client.subflows().stream().filter(one -> one.backup()).count() == 1);
        assertThat(status(act(action("regular", "lte")))).isEqualTo(200);
        eventually().until(() -> client.subflows().stream().noneMatch(one -> one.backup()));
        assertThat(status(act(action("remove", "wifi%3Cb%3E")))).isEqualTo(200);
        eventually().until(() -> client.subflows().size() == 1);

        String address = "127.0.0.1:"
                + ((InetSocketAddress) server.localAddress().paths().get(0).remote()).getPort();
        assertThat(status(act(action("add", "") + "&address=" + address + "&label=cable")))
                .isEqualTo(200);
        assertThat(client.subflows()).anyMatch(one -> one.path().label().equals("cable"));
    }

    /** It would be dialled for ever, and only who added it could name it. */
    @Test
    void shouldRemoveAPathThatIsDown() throws Exception {
        client.close().sync();
        ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        nobody.close();
        client = connect(
                server.localAddress().paths().get(0).withLabel("wifi"),
                Path.of("cable", nobody.getLocalSocketAddress()));
        eventually().until(() -> client.stats().paths().get(1).failures() > 0);
        assertThat(client.snapshot().presentPaths()).extracting(Path::label).containsExactly("wifi", "cable");
        eventually().until(() -> state().contains(
                        "\"label\":\"cable\",\"state\":\"DOWN\",\"present\":true,\"open\":false"));
        assertThat(act(action("backup", "cable"))).contains("409", "has no subflow");

        assertThat(status(act(action("remove", "cable")))).isEqualTo(200);

        assertThat(client.snapshot().presentPaths()).extracting(Path::label).containsExactly("wifi");
        eventually().until(() -> state().contains("\"label\":\"cable\",\"state\":\"DOWN\",\"present\":false"));
        assertThat(act(action("remove", "cable"))).contains("400", "no such path any more");
    }

    /** What a viewer is told now. */
    private String state() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(TIME_LIMIT_MILLIS);
            send(socket, "GET", "/paths/events?token=" + TOKEN, "");
            return nextEvent(
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
        }
    }

    @Test
    void shouldChangeTheSchedulerOfASession() throws Exception {
        assertThat(client.config().getOption(MultipathChannelOption.SCHEDULER)).isSameAs(Schedulers.EARLIEST);
        assertThat(status(act(action("scheduler", "") + "&scheduler=redundant")))
                .isEqualTo(200);
        assertThat(client.config().getOption(MultipathChannelOption.SCHEDULER)).isSameAs(Schedulers.REDUNDANT);
        client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000])).sync();
        eventually()
                .until(() -> client.stats().paths().stream()
                                .mapToLong(path -> path.repeated()
                                        .get(RepetitionCause.REDUNDANCY)
                                        .bytes())
                                .sum()
                        == 1000);

        assertThat(act(action("scheduler", "") + "&scheduler=best")).contains("400", "no scheduler best");
        assertThat(act(action("scheduler", ""))).contains("400", "scheduler is missing");
    }

    @Test
    void shouldSayWhyItDoesNotAct() throws Exception {
        assertThat(act(action("backup", "nowhere"))).contains("400", "no such path");
        assertThat(act(action("explode", "lte"))).contains("400", "no such action");
        assertThat(act("action=remove&path=lte&session=00000000")).contains("400", "the session is over");
        assertThat(act("")).contains("400", "session is missing");
        for (String address : List.of("x", "x:y", "::1:80", "[::1]:99999", ":80")) {
            assertThat(act(action("add", "") + "&address=" + address)).contains("400");
        }
        assertThat(act(action("add", "") + "&address=127.0.0.1:1")).contains("409", "refused");
        assertThat(client.subflows()).hasSize(2);
    }

    @Test
    void shouldRefuseWhatCannotStandInAnAddress() {
        MultipathDashboardHandler.Builder builder = MultipathDashboardHandler.builder(List::of);
        assertThatThrownBy(() -> builder.path("paths")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.token("a b")).isInstanceOf(IllegalArgumentException.class);
        assertThat(builder.build().pathAndToken()).matches("/\\?token=[A-Za-z0-9_-]{22}");
    }
}
