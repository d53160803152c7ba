package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

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
