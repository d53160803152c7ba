package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code --metrics}, asked as Prometheus asks. */
final class MetricsTest {
    private static final Pattern AT = Pattern.compile("multipath: metrics at (http://127\\.0\\.0\\.1:\\d+/metrics)");

    /** A line of the text format that is no comment. */
    private static final Pattern SAMPLE =
            Pattern.compile("([a-z_]+)(?:\\{((?:[a-z]+=\"[^\"]*\",?)+)\\})? ([-+0-9.eE]+|NaN|\\+Inf)");

    private static String url(RunningCommand command) {
        await().atMost(RunningCommand.TIME_LIMIT)
                .until(() ->
                        !command.isRunning() || AT.matcher(command.stderr()).find());
        Matcher matcher = AT.matcher(command.stderr());
        assertThat(matcher.find()).as(command.stderr()).isTrue();
        return matcher.group(1);
    }

    private static HttpResponse<String> ask(String method, String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .timeout(RunningCommand.TIME_LIMIT)
                                .build(),
                        BodyHandlers.ofString());
    }

    private static double sum(String text, String name, String tag) {
        return SAMPLE.matcher(text)
                .results()
                .filter(sample -> sample.group(1).equals(name)
                        && (tag.isEmpty() || String.valueOf(sample.group(2)).contains(tag)))
                .mapToDouble(sample -> Double.parseDouble(sample.group(3)))
                .sum();
    }

    @Test
    void shouldServeMetricsOfBothEnds() throws Exception {
        try (RunningCommand server =
                RunningCommand.start("listen", "--metrics", "0", "--bind", "127.0.0.1", "-p", "0,0", "--echo")) {
            String serverUrl = url(server);
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> server.stderr().contains("listening on"));
            List<String> addresses = List.of(server.stderr()
                    .lines()
                    .filter(line -> line.contains("listening on"))
                    .findFirst()
                    .orElseThrow()
                    .replace("multipath: listening on ", "")
                    .split(", "));
            try (RunningCommand client = RunningCommand.start(addresses, "connect", "-q", "never", "--metrics", "0")) {
                String clientUrl = url(client);
                client.input().write(new byte[100_000]);
                client.output().readNBytes(100_000);

                String ofClient = ask("GET", clientUrl).body();
                assertThat(ofClient.lines().filter(line -> !line.startsWith("#")))
                        .isNotEmpty()
                        .allMatch(line -> SAMPLE.matcher(line).matches());
                assertThat(sum(ofClient, "multipath_path_sent_bytes_total", "")).isEqualTo(100_000);
                assertThat(sum(ofClient, "multipath_path_received_bytes_total", ""))
                        .isGreaterThanOrEqualTo(100_000);
                assertThat(sum(ofClient, "multipath_sessions_open_sessions", "role=\"client\""))
                        .isEqualTo(1);
                for (String address : addresses) {
                    assertThat(ofClient).contains("path=\"" + address + "\"");
                }
                String ofServer = ask("GET", serverUrl).body();
                assertThat(sum(ofServer, "multipath_sessions_open_sessions", "role=\"server\""))
                        .isEqualTo(1);
                assertThat(sum(ofServer, "multipath_path_sent_bytes_total", "path=\"127.0.0.1:"))
                        .isEqualTo(100_000);
                assertThat(sum(ofServer, "multipath_memory_limit_bytes", "")).isPositive();
            }
        }
    }

    @Test
    void shouldAnswerAsHttpServersDo() throws Exception {
        try (RunningCommand server = RunningCommand.start("web", "--metrics", "0", "--bind", "127.0.0.1", "-p", "0")) {
            String url = url(server);
            HttpResponse<String> answer = ask("GET", url);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("content-type"))
                    .contains("text/plain; version=0.0.4; charset=utf-8");
            assertThat(ask("HEAD", url).statusCode()).isEqualTo(200);
            assertThat(ask("POST", url).statusCode()).isEqualTo(405);
            assertThat(ask("GET", url.replace("/metrics", "/")).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void shouldServeMetricsOfTheDemo() throws Exception {
        try (RunningCommand demo = RunningCommand.start("demo", "--size", "8MiB", "--no-progress", "--metrics", "0")) {
            String url = url(demo);
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> sum(ask("GET", url).body(), "multipath_path_sent_bytes_total", "path=\"fibre\"") > 0);
            demo.output().readAllBytes();
            assertThat(demo.exitCode()).isZero();
        }
    }
}
