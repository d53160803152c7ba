package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class DemoCommandTest {
    private static final Pattern OK = Pattern.compile(
            "demo: ok bytes=(\\d+) sha256=([0-9a-f]{64}) seconds=(\\d+\\.\\d+) goodput_mbit=(\\d+\\.\\d)"
                    + " best_single_path_mbit=(\\d+\\.\\d) longest_stall_ms=(\\d+)");

    @Test
    void shouldSendEveryByteThroughABlackhole() throws Exception {
        try (RunningCommand demo = RunningCommand.start("demo", "--size", "4MiB", "--no-progress")) {
            List<String> lines = linesOf(demo);

            assertThat(demo.exitCode()).isZero();
            Matcher result = OK.matcher(lines.get(lines.size() - 1));
            assertThat(result.matches()).as(lines.toString()).isTrue();
            assertThat(result.group(1)).isEqualTo("4194304");
            // The path that was measured carries 48 Mbit/s; a busy machine may well make less of it.
            assertThat(Double.parseDouble(result.group(5))).isBetween(1.0, 50.0);
            assertThat(lines).anyMatch(line -> line.startsWith("fibre ")).anyMatch(line -> line.startsWith("lte "));
            assertThat(demo.stderr()).isEmpty();
        }
    }

    @Test
    void shouldShowProgressLineByLineWhenThereIsNoTerminal() throws Exception {
        try (RunningCommand demo = RunningCommand.start("demo", "--size", "8MiB")) {
            linesOf(demo);

            assertThat(demo.exitCode()).isZero();
            assertThat(demo.stderr()).contains("fibre blackholed").contains("fibre restored");
        }
    }

    @Test
    void shouldSendASingleByte() throws Exception {
        try (RunningCommand demo = RunningCommand.start("demo", "--size", "1", "--no-progress")) {
            List<String> lines = linesOf(demo);

            assertThat(demo.exitCode()).isZero();
            assertThat(lines.get(lines.size() - 1)).startsWith("demo: ok bytes=1 ");
        }
    }

    @Test
    void shouldFailWhenItTakesTooLong() throws Exception {
        try (RunningCommand demo =
                RunningCommand.start("demo", "--size", "1GiB", "--no-progress", "--time-limit", "3s")) {
            List<String> lines = linesOf(demo);

            assertThat(demo.exitCode()).isEqualTo(1);
            assertThat(lines.get(lines.size() - 1)).isEqualTo("demo: failed timeout");
        }
    }

    private static List<String> linesOf(RunningCommand command) throws Exception {
        return new String(command.output().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }
}
