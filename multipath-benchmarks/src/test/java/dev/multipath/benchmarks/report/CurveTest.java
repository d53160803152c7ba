package dev.multipath.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

class CurveTest {

    private static final Curve SPEED = new Curve(
            "subflows",
            Experiments.SPEED,
            List.of(new Curve.Point("nio", 1, Experiments.PLAIN), new Curve.Point("nio", 2, Experiments.OURS)));

    @Test
    void aLineHasEachPointBesideItsBaseline() {
        XYChart chart = SPEED.chart(Experiments.result(), 400, 300);
        assertThat(chart.getXAxisTitle()).isEqualTo("subflows");
        assertThat(chart.getYAxisTitle()).isEqualTo("MB/s, ratio to the baseline");
        assertThat(chart.getSeriesMap()).containsOnlyKeys("nio");
        XYSeries line = chart.getSeriesMap().get("nio");
        assertThat(line.getXData()).containsExactly(1, 2);
        assertThat(line.getYData()).containsExactly(1, 0.8);
        assertThat(line.getExtraValues()).containsExactly(0, 1.2);
    }

    @Test
    void itIsDrawnAndAnOldOneGoesWhenTheMachineIsBusy(@TempDir Path directory) throws Exception {
        Path chart = directory.resolve("bulk-64-b.png");
        ResultFiles.write(Experiments.result(), SPEED, directory);
        assertThat(chart).isNotEmptyFile();
        ResultFiles.write(Experiments.result("busy"), SPEED, directory);
        assertThat(chart).doesNotExist();
    }
}
