package dev.multipath.examples.interop;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How often the Go peer hung in this test run. Not thread safe. */
final class InteropReport {

    private final Map<HangVerdict.Cause, Integer> hangs = new TreeMap<>();
    private int runs;

    void countRun() {
        runs++;
    }

    void countHang(final HangVerdict.Cause cause) {
        hangs.merge(cause, 1, Integer::sum);
    }

    @Override
    public String toString() {
        final int total = hangs.values().stream().mapToInt(Integer::intValue).sum();
        final String causes = hangs.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
        return "interop: runs=" + runs + " goHangs=" + total + (total == 0 ? "" : " (" + causes + ")");
    }
}
