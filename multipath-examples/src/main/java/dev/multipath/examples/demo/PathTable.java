package dev.multipath.examples.demo;

import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What each path carried, for people. */
final class PathTable {
    private static final String HEADER = "%-8s %10s %7s %7s %12s %6s %12s %8s %7s%n";
    private static final String ROW = "%-8s %10s %7s %7s %12d %5.1f%% %12d %8d %7s%n";

    private PathTable() {}

    static void print(PrintWriter out, List<EmulatedLink> links, MultipathStats stats) {
        long sentBytes = stats.paths().stream().mapToLong(PathStats::bytesSent).sum();
        out.printf(HEADER, "path", "rate", "one way", "state", "sent", "share", "repeated", "subflows", "rtt");
        for (PathStats path : stats.paths()) {
            EmulatedLink link = links.stream()
                    .filter(candidate -> candidate.label().equals(path.label()))
                    .findFirst()
                    .orElseThrow();
            out.printf(
                    Locale.ROOT,
                    ROW,
                    path.label(),
                    String.format(Locale.ROOT, "%.0f Mbit/s", link.rateMbit()),
                    link.settings().oneWayDelay().toMillis() + " ms",
                    path.state().toString().toLowerCase(Locale.ROOT),
                    path.bytesSent(),
                    100.0 * path.bytesSent() / Math.max(1, sentBytes),
                    path.bytesRetransmitted(),
                    path.successes(),
                    path.rtt() == null ? "-" : path.rtt().toMillis() + " ms");
        }
    }
}
