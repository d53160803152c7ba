package dev.multipath.micrometer;

import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.RepetitionCause;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * A number of a path that only grows while its session lives.
 *
 * @param name by Micrometer's conventions
 * @param unit what is counted
 * @param description for people
 * @param tags beside the path
 * @param value where it stands
 */
record PathCounter(String name, String unit, String description, Tags tags, ToLongFunction<PathStats> value) {

    private static final String BYTES = "bytes";
    private static final String FRAMES = "frames";

    /** All that there are, in the order in which their values are kept. */
    static final List<PathCounter> ALL = all();

    private static List<PathCounter> all() {
        List<PathCounter> all = new ArrayList<>();
        all.add(of("multipath.path.sent", BYTES, "Payload sent on a path for the first time", PathStats::bytesSent));
        all.add(of(
                "multipath.path.sent.frames",
                FRAMES,
                "Data frames sent on a path for the first time",
                PathStats::framesSent));
        all.add(of("multipath.path.received", BYTES, "Payload received on a path", PathStats::bytesReceived));
        all.add(of(
                "multipath.path.received.frames", FRAMES, "Data frames received on a path", PathStats::framesReceived));
        all.add(of("multipath.path.established", "subflows", "Subflows established on a path", PathStats::successes));
        all.add(of("multipath.path.failures", "attempts", "Attempts on a path that failed", PathStats::failures));
        all.add(of(
                "multipath.path.transport.lost",
                "packets",
                "Packets that the transports below have taken for lost",
                stats -> Math.max(0, stats.packetsLost())));
        for (RepetitionCause cause : RepetitionCause.values()) {
            Tags tags = Tags.of("cause", cause.name().toLowerCase(Locale.ROOT));
            all.add(new PathCounter(
                    "multipath.path.repeated",
                    BYTES,
                    "Payload sent on a path that had been sent before",
                    tags,
                    stats -> stats.repeated(cause).bytes()));
            all.add(new PathCounter(
                    "multipath.path.repeated.frames",
                    FRAMES,
                    "Data frames sent on a path that had been sent before",
                    tags,
                    stats -> stats.repeated(cause).frames()));
        }
        return List.copyOf(all);
    }

    private static PathCounter of(String name, String unit, String description, ToLongFunction<PathStats> value) {
        return new PathCounter(name, unit, description, Tags.empty(), value);
    }
}
