package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --dashboard}, asked as a browser asks, and by a browser where there is one. */
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

    /** The command of a Chromium, which the environment names: on its own, one that is installed is not started. */
    private static Optional<String> chromium() {
        return Optional.ofNullable(System.getenv("MULTIPATH_CHROMIUM"));
    }

    @Test
    void shouldBeDrawnByABrowserWithoutAnError(@TempDir Path directory) throws Exception {
        Optional<String> chromium = chromium();
        assumeTrue(chromium.isPresent(), "MULTIPATH_CHROMIUM names no Chromium");
        try (RunningCommand demo =
                RunningCommand.start("demo", "--size", "200MiB", "--no-progress", "--dashboard", "0")) {
            Matcher at = at(demo);
            Path page = directory.resolve("page.html");
            Path log = directory.resolve("log.txt");
            Process browser = new ProcessBuilder(
                            chromium.get(),
                            "--headless",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--lang=en-US",
                            "--user-data-dir=" + directory.resolve("profile"),
                            "--enable-logging=stderr",
                            "--timeout=10000",
                            "--dump-dom",
                            at.group(1) + at.group(2))
                    .redirectOutput(page.toFile())
                    .redirectError(log.toFile())
                    .start();
            try {
                assertThat(browser.waitFor(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
            } finally {
                browser.destroyForcibly();
            }
            assertThat(Files.readString(log)).doesNotContain("Uncaught");
            assertThat(Files.readString(page)).contains(">Live<", "fibre", "Set to backup", "<canvas");
        }
    }
}
