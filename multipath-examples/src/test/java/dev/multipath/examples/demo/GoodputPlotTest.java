package dev.multipath.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.demo.GoodputPlot.Mark;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GoodputPlotTest {
    private static final double SECONDS_PER_CHARACTER = 0.1;

    private static int[] rows(Mark... marks) {
        return GoodputPlot.rows(List.of(marks), SECONDS_PER_CHARACTER);
    }

    @Test
    void shouldNotWriteOverWhatStandsThere() {
        assertThat(rows(new Mark(1, "wifi lost"), new Mark(1.1, "lte lost"), new Mark(1.2, "wifi back")))
                .containsExactly(0, 1, 2);
        assertThat(rows(new Mark(1, "wifi lost"), new Mark(2, "wifi back"))).containsExactly(0, 0);
        assertThat(rows(new Mark(1, "wifi lost"), new Mark(1.5, "lte lost"), new Mark(2, "wifi back")))
                .containsExactly(0, 1, 0);
    }

    /** Where there is no room any more, on what is oldest. */
    @Test
    void shouldKeepRoomForTheLines() {
        Mark[] many = new Mark[7];
        for (int i = 0; i < many.length; i++) {
            many[i] = new Mark(i / 100.0, "wifi lost");
        }
        assertThat(rows(many)).containsExactly(0, 1, 2, 3, 4, 5, 0);
    }

    /** Not before the first byte, and not behind the last. */
    @Test
    void shouldMarkWhereNothingArrivesThoughMoreIsToCome() {
        GoodputPlot plot = new GoodputPlot(Path.of("run.svg"));
        plot.begin(0);
        long[] bytes = {0, 0, 0, 0, 0, 5, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 8};
        for (int i = 0; i < bytes.length; i++) {
            plot.sample(100_000_000L * i, bytes[i], Map.of());
        }

        assertThat(plot.stalls()).containsExactly(new Mark(0.8, "nothing for 0.4 s"));
    }
}
