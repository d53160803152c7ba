package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code web --www}: Java's HTTP client, and sockets for what no client would send. */
final class WebFilesTest {
    private static final byte[] BYTES = new byte[300_000];

    @TempDir
    private static Path directory;

    private static RunningCommand server;
    private static String address;

    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        new Random(1).nextBytes(BYTES);
        Path root = Files.createDirectory(directory.resolve("www"));
        Files.write(root.resolve("data.bin"), BYTES);
        Files.writeString(root.resolve("a b.txt"), "text");
        Files.writeString(root.resolve("empty"), "");
        Files.writeString(root.resolve(".secret"), "secret");
        Files.writeString(root.resolve("<b>&.txt"), "odd");
        Files.writeString(root.resolve("12:30 a\\b"), "colon");
        Files.writeString(directory.resolve("outside"), "secret");
        Files.createSymbolicLink(root.resolve("link"), directory.resolve("outside"));
        Files.createSymbolicLink(root.resolve("up"), directory);
        Path page = Files.createDirectory(root.resolve("page"));
        Files.writeString(page.resolve("index.html"), "<p>page");
        server = RunningCommand.start("web", "--bind", "127.0.0.1", "--www", root.toString());
        address = server.addresses().get(0);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + address + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String raw(String request) throws IOException {
        HostPort where = HostPort.parse(address);
        try (Socket socket = new Socket(where.host(), where.port())) {
            socket.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void shouldServeFiles() throws Exception {
        HttpResponse<byte[]> data = get("/data.bin");
        assertThat(data.statusCode()).isEqualTo(200);
        assertThat(data.body()).isEqualTo(BYTES);
        assertThat(data.headers().firstValue("content-type")).hasValue("application/octet-stream");
        assertThat(data.headers().firstValue("x-content-type-options")).hasValue("nosniff");
        HttpResponse<byte[]> text = get("/a%20b.txt?query");
        assertThat(text.body()).asString().isEqualTo("text");
        assertThat(text.headers().firstValue("content-type").orElseThrow()).startsWith("text/plain");
        assertThat(get("/empty").body()).isEmpty();
        assertThat(get("/page/").body()).asString().isEqualTo("<p>page");
    }

    /** Caches count from it. */
    @ParameterizedTest
    @ValueSource(strings = {"/data.bin", "/", "/page", "/none"})
    void shouldTellTheTime(String path) throws Exception {
        String date = get(path).headers().firstValue("date").orElseThrow();
        Instant told = DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from);
        assertThat(told).isBetween(Instant.now().minusSeconds(600), Instant.now());
    }

    @Test
    void shouldListDirectoriesAndWhatTheyHave() throws Exception {
        HttpResponse<byte[]> listing = get("/");
        String html = new String(listing.body(), StandardCharsets.UTF_8);
        assertThat(html)
                .contains("<a href=\"./data.bin\">data.bin</a>")
                .contains("<a href=\"./page/\">page/</a>")
                .contains("<a href=\"./a%20b.txt\">a b.txt</a>")
                .contains("&lt;b&gt;&amp;.txt")
                .doesNotContain("<b>", "secret");
        assertThat(html).as("what would not be found").doesNotContain("link", "up/");
        Matcher links = Pattern.compile("href=\"\\./([^\"]+)\"").matcher(html);
        assertThat(links.results().map(link -> link.group(1)).toList())
                .hasSizeGreaterThanOrEqualTo(6)
                .allSatisfy(
                        name -> assertThat(get("/" + name.replace("&amp;", "&")).statusCode())
                                .as(name)
                                .isIn(200, 301));
        HttpResponse<byte[]> moved = get("/page");
        assertThat(moved.statusCode()).isEqualTo(301);
        assertThat(moved.headers().firstValue("location")).hasValue("/page/");
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-9, 206, 0, 10",
        "bytes=100-, 206, 100, 299900",
        "bytes=-100, 206, 299900, 100",
        "bytes=299999-400000, 206, 299999, 1",
        "bytes=0-299999, 200, 0, 300000",
        "bytes=0-1;5-6, 200, 0, 300000",
        "lines=0-9, 200, 0, 300000",
        "bytes=9-3, 200, 0, 300000",
        "bytes=-, 200, 0, 300000",
    })
    void shouldServeRanges(String range, int status, int first, int length) throws Exception {
        HttpResponse<byte[]> part = get("/data.bin", "Range", range.replace(';', ','));
        assertThat(part.statusCode()).isEqualTo(status);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(BYTES, first, first + length));
        if (status == 206) {
            assertThat(part.headers().firstValue("content-range"))
                    .hasValue("bytes " + first + "-" + (first + length - 1) + "/300000");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=300000-", "bytes=-0"})
    void shouldRefuseARangeBeyondTheEnd(String range) throws Exception {
        HttpResponse<byte[]> part = get("/data.bin", "Range", range);
        assertThat(part.statusCode()).isEqualTo(416);
        assertThat(part.headers().firstValue("content-range")).hasValue("bytes */300000");
    }

    @Test
    void shouldKnowWhatAClientHas() throws Exception {
        HttpResponse<byte[]> first = get("/data.bin");
        String etag = first.headers().firstValue("etag").orElseThrow();
        String modified = first.headers().firstValue("last-modified").orElseThrow();
        assertThat(get("/data.bin", "If-None-Match", etag).statusCode()).isEqualTo(304);
        assertThat(get("/data.bin", "If-None-Match", "\"x\", W/" + etag).statusCode())
                .isEqualTo(304);
        assertThat(get("/data.bin", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
        assertThat(get("/data.bin", "If-Modified-Since", modified).statusCode()).isEqualTo(304);
        // A part of what it has only.
        assertThat(get("/data.bin", "Range", "bytes=0-0", "If-Range", etag).statusCode())
                .isEqualTo(206);
        assertThat(get("/data.bin", "Range", "bytes=0-0", "If-Range", "\"x\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void shouldServeOnlyWhatAClientMeans() throws Exception {
        String etag = get("/data.bin").headers().firstValue("etag").orElseThrow();
        String modified = get("/data.bin").headers().firstValue("last-modified").orElseThrow();

        assertThat(get("/data.bin", "If-Match", "\"other\", " + etag).statusCode())
                .isEqualTo(200);
        assertThat(get("/data.bin", "If-Match", "*").statusCode()).isEqualTo(200);
        assertThat(get("/data.bin", "If-Match", "\"other\"").statusCode()).isEqualTo(412);
        assertThat(get("/data.bin", "If-Unmodified-Since", modified).statusCode())
                .isEqualTo(200);
        assertThat(get("/data.bin", "If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:01 GMT")
                        .statusCode())
                .isEqualTo(412);
    }

    @ParameterizedTest
    @CsvSource({"'GET /%s HTTP/1.1\r\nHost: a\r\n\r\n', 414", "'GET / HTTP/1.1\r\nA: %s\r\n\r\n', 431"})
    void shouldSayWhatIsTooLong(String request, int status) throws Exception {
        assertThat(raw(request.formatted("a".repeat(20_000)))).startsWith("HTTP/1.1 " + status + " ");
    }

    @Test
    void shouldAnswerHeadAndRefuseOtherMethods() throws Exception {
        String head = raw("HEAD /data.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(head)
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("content-length: 300000")
                .endsWith("\r\n\r\n");
        String post = raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
        assertThat(post).startsWith("HTTP/1.1 405").containsIgnoringCase("allow: GET, HEAD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nowhere",
                "/.secret",
                "/../outside",
                "/page/../../outside",
                "/%2e%2e/outside",
                "/..%2foutside",
                "/..\\outside",
                "/link",
                "/up/outside",
                "/data.bin/",
                "/data.bin%00",
                "/%zz",
                "//../outside",
                "/c:/windows",
                "outside"
            })
    void shouldFindNothingElse(String path) throws Exception {
        String answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 404").doesNotContain("secret");
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrder() throws Exception {
        String answers = raw("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200)
                + "GET /a%20b.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answers.split("HTTP/1.1 200 OK")).hasSize(202);
        assertThat(answers).endsWith("text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GARBAGE\r\n\r\n", "GET /data.bin\r\n\r\n", "garbage", "\u0016garbage"})
    void shouldRefuseWhatIsNotHttp(String words) throws Exception {
        assertThat(raw(words)).startsWith("HTTP/1.").contains(" 400 Bad Request\r\n");
    }

    /** What clients break, by what they send or by a reset, is no news to who runs the server. */
    @Test
    void shouldBearBrokenConnectionsInSilence() throws Exception {
        try (RunningProcess web = RunningProcess.start("web", "--bind", "127.0.0.1", "--www", directory.toString())) {
            HostPort where = HostPort.parse(web.addresses().get(0));
            for (String words : List.of("", "G", "GET /", "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
                try (Socket socket = new Socket(where.host(), where.port())) {
                    socket.getOutputStream().write(words.getBytes(StandardCharsets.US_ASCII));
                    socket.setSoLinger(true, 0);
                }
            }
            try (Socket socket = new Socket(where.host(), where.port())) {
                socket.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
                socket.getOutputStream()
                        .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno settings".getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().readAllBytes())
                        .asString(StandardCharsets.ISO_8859_1)
                        .contains("not SETTINGS");
            }
            web.signal("TERM");
            web.exitCode();
            assertThat(web.stderr()).contains("listening on").hasLineCount(1);
        }
    }

    @Test
    void shouldServeOverMultipathSessions() throws Exception {
        try (RunningCommand tunnel = RunningCommand.start("connect", "--listen", "0", address)) {
            HttpResponse<byte[]> data = client.send(
                    HttpRequest.newBuilder(
                                    URI.create("http://" + tunnel.addresses().get(0) + "/data.bin"))
                            .build(),
                    BodyHandlers.ofByteArray());
            assertThat(data.body()).isEqualTo(BYTES);
        }
    }

    @Test
    void shouldSayThatADirectoryMayNotBeRead() throws Exception {
        Path closed = Files.createDirectory(directory.resolve("closed"));
        assumeTrue(closed.toFile().setReadable(false) && !Files.isReadable(closed), "root may read everything");
        try (RunningCommand command = RunningCommand.start("web", "--www", closed.toString())) {
            assertThat(command.exitCode()).isEqualTo(2);
            assertThat(command.stderr())
                    .contains(closed + " cannot be read: permission denied")
                    .hasLineCount(1);
        }
    }

    @Test
    void shouldSayThatThereIsNoSuchDirectory() throws Exception {
        for (String path : new String[] {
            directory.resolve("none").toString(), directory.resolve("outside").toString()
        }) {
            try (RunningCommand command = RunningCommand.start("web", "--www", path)) {
                assertThat(command.exitCode()).isEqualTo(2);
                assertThat(command.stderr()).contains(path + " is no directory").hasLineCount(1);
            }
        }
    }
}
