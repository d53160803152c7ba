package dev.multipath.metrics;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A snapshot of a session and all its paths. For any thread.
 *
 * @param paths one entry a path
 * @param heldBytes what the session holds in memory, received and sent: whole buffers and objects, not only the stream's bytes
 * @param queuedBytes of the stream, taken from the application and not sent yet
 * @param unacknowledgedBytes of the stream, taken from the application and not acknowledged by the peer; those queued included
 * @param suspended whether the session has no path at the moment, and waits for another
 * @param age since the session began; {@code null} before. Once it is over, how long it lasted
 */
public record MultipathStats(
        List<PathStats> paths,
        long heldBytes,
        long queuedBytes,
        long unacknowledgedBytes,
        boolean suspended,
        Duration age) {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

    /**
     * Copies the list.
     *
     * @param paths not null, nor any in it
     * @param heldBytes any
     * @param queuedBytes any
     * @param unacknowledgedBytes any
     * @param suspended whether
     * @param age may be {@code null}
     */
    public MultipathStats {
        paths = List.copyOf(paths);
    }

    /** {@return one line a path, in the manner of the Go implementation's {@code FormatStats}} */
    public String format() {
        int widest =
                paths.stream().mapToInt(path -> path.label().length()).max().orElse(0);
        return paths.stream().map(path -> format(path, widest)).collect(Collectors.joining("\n"));
    }

    private static String format(PathStats path, int labelWidth) {
        String rtt = path.rtt() == null
                ? "-"
                : String.format(Locale.ROOT, "%.1fms", path.rtt().toNanos() / 1e6);
        return String.format(
                Locale.ROOT,
                "%s  %-6s  S: %4d(%3d)  F: %4d  RTT: %9s  SENT: %7d/%7s  RECV: %7d/%7s  RT: %7d/%7s",
                path.label() + " ".repeat(labelWidth - path.label().length()),
                path.state(),
                path.successes(),
                path.consecutiveSuccesses(),
                path.failures(),
                rtt,
                path.framesSent(),
                humanBytes(path.bytesSent()),
                path.framesReceived(),
                humanBytes(path.bytesReceived()),
                path.framesRetransmitted(),
                humanBytes(path.bytesRetransmitted()));
    }

    /** Decimal units, as Go's go-humanize prints them. */
    private static String humanBytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0 || value >= 9.95
                ? String.format(Locale.ROOT, "%.0f %s", value, UNITS[unit])
                : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}
