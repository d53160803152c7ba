package dev.multipath.examples.demo;

import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar per path and one for the whole, on a terminal. */
final class BarProgress implements Progress {
    private static final int UPDATE_MILLIS = 100;
    private static final int MAX_WIDTH = 100;
    private static final String UNIT = " MiB";
    private static final long UNIT_BYTES = 1 << 20;
    private static final String TOTAL = "received";

    private final ProgressBar total;
    private final Map<String, ProgressBar> paths = new LinkedHashMap<>();

    BarProgress(long sizeBytes, List<String> labels) {
        int width = labels.stream().mapToInt(String::length).reduce(TOTAL.length(), Math::max);
        for (String label : labels) {
            paths.put(label, bar(label, width, sizeBytes));
        }
        total = bar(TOTAL, width, sizeBytes);
    }

    private static ProgressBar bar(String name, int width, long sizeBytes) {
        return new ProgressBarBuilder()
                .setTaskName(String.format(Locale.ROOT, "%-" + width + "s", name))
                .setInitialMax(sizeBytes)
                .setUnit(UNIT, UNIT_BYTES)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setMaxRenderedLength(MAX_WIDTH)
                .hideEta()
                .build();
    }

    @Override
    public void update(long receivedBytes, MultipathStats stats) {
        total.stepTo(receivedBytes);
        for (PathStats path : stats.paths()) {
            ProgressBar bar = paths.get(path.label());
            if (bar != null) {
                bar.stepTo(path.bytesSent());
                bar.setExtraMessage(path.state().toString().toLowerCase(Locale.ROOT));
            }
        }
    }

    @Override
    public void note(String event) {
        total.setExtraMessage(event);
    }

    @Override
    public void close() {
        paths.values().forEach(ProgressBar::close);
        total.close();
    }
}
