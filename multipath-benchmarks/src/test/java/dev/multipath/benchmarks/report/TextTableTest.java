package dev.multipath.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextTableTest {

    private static final String TABLE = """
            | | MB/s (min..max) | ratio (min..max) | B/write (min..max) | more (min..max) |
            | --- | ---: | ---: | ---: | ---: |
            | plain | **100** (100..1000) | | **10** (0..20) | |
            | ours | **200** (50..800) | **0.80** (0.50..2.00) | **30** (20..50) | **30** (0..40) |
            """;

    private static String print(Result result, boolean anyway) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TextTable.print(result, anyway, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void isMarkdown() {
        assertThat(print(Experiments.result(), false)).isEqualTo("\n### bulk, 64 B\n\n" + TABLE);
    }

    @Test
    void aBusyMachineHasNoFigures() {
        assertThat(print(Experiments.result("the load was 9.0"), false))
                .contains("**The machine is busy: the load was 9.0.**", "No figures")
                .doesNotContain("MB/s");
    }

    @Test
    void unlessTheyAreWantedAnyway() {
        assertThat(print(Experiments.result("the load was 9.0"), true))
                .contains("**The machine is busy: the load was 9.0.**")
                .endsWith(TABLE);
    }
}
