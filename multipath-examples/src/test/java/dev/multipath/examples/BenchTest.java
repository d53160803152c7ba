package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bench} and {@code listen --bench}. */
final class BenchTest {
    @TempDir
    private Path directory;

    private static RunningCommand server() {
        return RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0,0", "--bench");
    }

    private static List<String> output(RunningCommand bench) throws Exception {
        String output = new String(bench.output().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bench.exitCode()).as(bench.stderr()).isZero();
        return output.lines().toList();
    }

    @ParameterizedTest
    @CsvSource({
        "'', 3000000, 0",
        "-R, 0, 3000000",
        "--bidir, 3000000, 3000000",
        "-P 3, 9000000, 0",
        "-P 2 --bidir, 6000000, 6000000",
    })
    void shouldMoveWhatWasAskedForAndCountIt(String options, long sentBytes, long receivedBytes) throws Exception {
        try (RunningCommand server = server();
                RunningCommand bench = RunningCommand.start(
                        server.addresses(),
                        Stream.concat(
                                        Stream.of("bench", "--json", "-n", "3MB"),
                                        Stream.of(options.split(" ")).filter(option -> !option.isEmpty()))
                                .toArray(String[]::new))) {
            List<String> lines = output(bench);
            String summary = lines.get(lines.size() - 1);
            assertThat(summary).contains("\"event\":\"summary\"").contains("\"received_bytes\":" + receivedBytes);
            // The line that tells the server what to do counts as well.
            long counted = Long.parseLong(summary.replaceFirst(".*?\"sent_bytes\":(\\d+).*", "$1"));
            assertThat(counted).isBetween(sentBytes, sentBytes + 3 * 64);
        }
    }

    @Test
    void shouldNotMeasureAnEcho() throws Exception {
        try (RunningCommand echo = RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0", "--echo");
                RunningCommand bench = RunningCommand.start(echo.addresses(), "bench", "-t", "1h")) {
            assertThat(bench.exitCode()).isEqualTo(1);
            assertThat(bench.stderr()).contains("is it 'listen --bench'?");
        }
    }

    /** On one machine the processor is what is short, and both paths share it: one of them may have it all. */
    @Test
    void shouldFillPathsThatHaveABottleneck() throws Exception {
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand bench =
                    RunningCommand.start("bench", "-n", "1MB", "a=" + addresses.get(0), "b=" + addresses.get(1))) {
                output(bench);
                assertThat(bench.stderr()).contains("loopback is no bottleneck").hasLineCount(1);
            }
            try (RunningCommand bench = RunningCommand.start(
                    "bench",
                    "--json",
                    "-n",
                    "1MB",
                    "a=" + addresses.get(0) + ",rate=200kB",
                    "b=" + addresses.get(1) + ",rate=200kB")) {
                List<String> lines = output(bench);
                assertThat(bench.stderr()).doesNotContain("bottleneck");
                Matcher sent = Pattern.compile("\\{\"label\":\"[ab]\",\"sent_bytes\":(\\d+)")
                        .matcher(lines.get(lines.size() - 1));
                for (int path = 0; path < 2; path++) {
                    assertThat(sent.find()).isTrue();
                    assertThat(Long.parseLong(sent.group(1))).isGreaterThan(200_000);
                }
            }
        }
    }

    @Test
    void shouldSendForATimeAndTellOfEachInterval() throws Exception {
        Path plot = directory.resolve("run.svg");
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand bench = RunningCommand.start(
                    "bench",
                    "-t",
                    "1s",
                    "--interval",
                    "0.2",
                    "--plot",
                    plot.toString(),
                    "wifi=" + addresses.get(0),
                    "lte=" + addresses.get(1))) {
                List<String> lines = output(bench);
                assertThat(lines).hasSizeGreaterThan(2).allSatisfy(line -> assertThat(line)
                        .contains(" up ", " Mbit/s", "wifi "));
                assertThat(lines.get(lines.size() - 1)).startsWith("all ");
            }
        }
        assertThat(plot).content().contains("<svg").hasSizeGreaterThan(3000);
    }

    /** One of three cannot be reached: that is told, and the others go on. */
    @Test
    void shouldMeasureEachPathAloneToCompare() throws Exception {
        Path plot = directory.resolve("run.svg");
        int nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = closed.getLocalPort();
        }
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand bench = RunningCommand.start(
                    "bench",
                    "-t",
                    "0.5",
                    "--alone",
                    "0.3",
                    "--plot",
                    plot.toString(),
                    "wifi=" + addresses.get(0),
                    "gone=127.0.0.1:" + nobody,
                    "lte=" + addresses.get(1))) {
                List<String> lines = output(bench);
                assertThat(lines).filteredOn(line -> line.startsWith("alone")).hasSize(2);
                assertThat(lines.get(0)).startsWith("alone").contains("wifi ").doesNotContain("lte ");
                assertThat(lines.get(1)).startsWith("alone").contains("lte ").doesNotContain("wifi ");
                assertThat(lines.get(lines.size() - 1)).startsWith("all ");
                assertThat(bench.stderr()).contains("gone alone: ");
            }
        }
        assertThat(plot).content().contains("<svg").hasSizeGreaterThan(3000);
    }

    @Test
    void shouldMeasureUnderASharedSecret() throws Exception {
        String secret = Files.writeString(directory.resolve("secret"), "0123456789abcdef0123456789abcdef")
                .toString();
        try (RunningCommand server = RunningCommand.start(
                        "listen", "--bind", "127.0.0.1", "-p", "0,0", "--bench", "--psk-file", secret);
                RunningCommand bench =
                        RunningCommand.start(server.addresses(), "bench", "-n", "1MB", "--psk-file", secret)) {
            assertThat(output(bench)).last().asString().startsWith("all ");
        }
    }

    /** Something else than a client of bench: an error, and the server goes on. */
    @Test
    void shouldGiveUpAStranger() throws Exception {
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand stranger = RunningCommand.start(addresses, "connect")) {
                stranger.sendAll(new byte[100]);
                assertThat(stranger.exitCode()).isEqualTo(1);
                assertThat(stranger.stderr()).contains("does not speak bench");
            }
            try (RunningCommand bench = RunningCommand.start(addresses, "bench", "-n", "1kB")) {
                assertThat(output(bench)).isNotEmpty();
            }
        }
    }

    @Test
    void shouldFailWhenTheServerDies() throws Exception {
        try (RunningCommand server = server();
                RunningCommand bench = RunningCommand.start(server.addresses(), "bench", "-t", "1m", "--resume", "0")) {
            assertThat(bench.output().read()).isPositive();
            server.stop();
            bench.output().readAllBytes();
            assertThat(bench.exitCode()).isEqualTo(1);
            assertThat(bench.stderr().lines().filter(line -> !line.contains("loopback is no bottleneck")))
                    .hasSize(1);
        }
    }
}
