package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --dashboard}, asked as a browser asks. */
final class DashboardTest {
    private static final Pattern AT =
            Pattern.compile("multipath: dashboard at (http://127\\.0\\.0\\.1:\\d+/)(\\?token=\\S+)");

    private static Matcher at(RunningCommand command) {
        await().atMost(RunningCommand.TIME_LIMIT)
                .until(() ->
                        !command.isRunning() || AT.matcher(command.stderr()).find());
        Matcher matcher = AT.matcher(command.stderr());
        assertThat(matcher.find()).as(command.stderr()).isTrue();
        return matcher;
    }

    private static boolean hasIpv6() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress("::1", 0));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whatever the browser makes of the address that it is given. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1:0, 127\\.0\\.0\\.1", "[::1]:0, \\[::1]", "0.0.0.0:0, localhost"})
    void shouldBeAtTheAddressThatIsTold(String option, String told) throws Exception {
        assumeTrue(!told.contains("::") || hasIpv6(), "no IPv6 here");
        try (RunningCommand listen =
                RunningCommand.start("listen", "--bind", "127.0.0.1", "--echo", "--dashboard", option)) {
            listen.addresses();
            Matcher at = Pattern.compile("dashboard at (http://" + told + ":\\d+/\\?token=\\S+)")
                    .matcher(listen.stderr());
            assertThat(at.find()).as(listen.stderr()).isTrue();
            int status = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(URI.create(at.group(1))).build(), BodyHandlers.discarding())
                    .statusCode();
            assertThat(status).isEqualTo(200);
        }
    }

    @Test
    void shouldFollowTheDemo() throws Exception {
        try (RunningCommand demo =
                RunningCommand.start("demo", "--size", "8MiB", "--no-progress", "--dashboard", "0")) {
            Matcher at = at(demo);
            HttpClient http = HttpClient.newHttpClient();
            try (Stream<String> events = http.send(
                            HttpRequest.newBuilder(URI.create(at.group(1) + "events" + at.group(2)))
                                    .timeout(RunningCommand.TIME_LIMIT)
                                    .build(),
                            BodyHandlers.ofLines())
                    .body()) {
                Optional<String> seen = events.filter(line -> line.contains("\"label\":\"fibre\",\"state\":\"ACTIVE\"")
                                && line.contains("\"role\":\"server\""))
                        .findFirst();
                assertThat(seen).isPresent();
            }
            demo.output().readAllBytes();
            assertThat(demo.exitCode()).isZero();
        }
    }
}
