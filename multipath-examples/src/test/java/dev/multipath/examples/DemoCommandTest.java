package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.OneIn;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DemoCommandTest {
    private static final Pattern OK = Pattern.compile(
            "demo: ok bytes=(\\d+) sha256=([0-9a-f]{64}) seconds=(\\d+\\.\\d+) goodput_mbit=(\\d+\\.\\d)"
                    + " best_single_path_mbit=(\\d+\\.\\d) longest_stall_ms=(\\d+)");

    /** A vertical line in a picture. */
    private static final String MARK = "rgb\\(130,130,130\\)[^>]* x1=\"(\\d+)\" x2=\"(\\d+)\"";

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

    @OneIn(2)
    @ParameterizedTest
    @ValueSource(strings = {"run.png", "run.svg"})
    void shouldDrawARun(String name, @TempDir Path directory) throws Exception {
        Path file = directory.resolve(name);
        try (RunningCommand demo =
                RunningCommand.start("demo", "--size", "4MiB", "--no-progress", "--plot", file.toString())) {
            linesOf(demo);

            assertThat(demo.exitCode()).isZero();
            if (name.endsWith(".png")) {
                BufferedImage picture = ImageIO.read(file.toFile());
                assertThat(picture.getWidth()).isGreaterThan(800);
            } else {
                // Letters are outlines there, so that they look alike everywhere; the two marks are lines.
                assertThat(Files.readString(file)).contains("<svg").containsPattern(MARK + "[\\s\\S]*" + MARK);
            }
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
