package dev.multipath.examples.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.multipath.codec.PeerText;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What went over the paths in a part of a measurement, or in all of it.
 *
 * @param kind what it is a part of
 * @param fromNanos since the beginning
 * @param toNanos since the beginning
 * @param sentBytes of the stream, that a path has taken for the first time
 * @param receivedBytes of the stream, that have come to the application
 * @param paths in their order
 */
public record BenchResult(
        Kind kind, long fromNanos, long toNanos, long sentBytes, long receivedBytes, List<OfPath> paths) {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double MEGABIT_BYTES = 1e6 / Byte.SIZE;
    private static final JsonFactory FACTORY = new JsonFactory();

    /** What it is a part of. */
    public enum Kind {
        INTERVAL,
        /** All of the one path that there was, to compare with. */
        ALONE,
        SUMMARY
    }

    /** A path's part; repeated bytes are on top of those sent, and copies are among those received. */
    public record OfPath(String label, long sentBytes, long repeatedBytes, long receivedBytes, Duration rtt) {
        OfPath since(OfPath before) {
            return before == null
                    ? this
                    : new OfPath(
                            label,
                            sentBytes - before.sentBytes,
                            repeatedBytes - before.repeatedBytes,
                            receivedBytes - before.receivedBytes,
                            rtt);
        }
    }

    /** What has happened between another one, both from the beginning, and this. */
    public BenchResult since(BenchResult before) {
        List<OfPath> parts = new ArrayList<>();
        for (OfPath path : paths) {
            parts.add(path.since(before.paths.stream()
                    .filter(earlier -> earlier.label.equals(path.label))
                    .findFirst()
                    .orElse(null)));
        }
        return new BenchResult(
                Kind.INTERVAL,
                before.toNanos,
                toNanos,
                sentBytes - before.sentBytes,
                receivedBytes - before.receivedBytes,
                parts);
    }

    /** The same, as another kind of measurement. */
    public BenchResult as(Kind other) {
        return new BenchResult(other, fromNanos, toNanos, sentBytes, receivedBytes, paths);
    }

    /** What went over all paths, both ways if both ends sent, in Mbit/s. */
    public double totalMbit(BenchPlan plan) {
        return megabits((plan.clientSends() ? sentBytes : 0) + (plan.serverSends() ? receivedBytes : 0));
    }

    private double seconds() {
        return Math.max(1, toNanos - fromNanos) / NANOS_PER_SECOND;
    }

    private double megabits(long bytes) {
        return bytes / MEGABIT_BYTES / seconds();
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    /** For people: one line. */
    public String toLine(BenchPlan plan) {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%s %6.1f-%5.1f s ",
                switch (kind) {
                    case INTERVAL -> "   ";
                    case ALONE -> "alone";
                    case SUMMARY -> "all";
                },
                fromNanos / NANOS_PER_SECOND,
                toNanos / NANOS_PER_SECOND));
        if (plan.clientSends()) {
            line.append(String.format(Locale.ROOT, " up %8.1f Mbit/s", megabits(sentBytes)));
            paths.forEach(path -> line.append(
                    String.format(Locale.ROOT, "  %s %.1f", PeerText.escape(path.label), megabits(path.sentBytes))));
        }
        if (plan.serverSends()) {
            line.append(String.format(Locale.ROOT, " down %8.1f Mbit/s", megabits(receivedBytes)));
            paths.forEach(path -> line.append(String.format(
                    Locale.ROOT, "  %s %.1f", PeerText.escape(path.label), megabits(path.receivedBytes))));
        }
        long repeated = paths.stream().mapToLong(OfPath::repeatedBytes).sum();
        return repeated == 0
                ? line.toString()
                : line.append(String.format(Locale.ROOT, "  repeated %.1f", megabits(repeated)))
                        .toString();
    }

    /** For programs: one object. */
    public String toJson() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("event", kind.name().toLowerCase(Locale.ROOT));
            json.writeNumberField("start_ms", fromNanos / 1_000_000);
            json.writeNumberField("end_ms", toNanos / 1_000_000);
            json.writeNumberField("sent_bytes", sentBytes);
            json.writeNumberField("received_bytes", receivedBytes);
            json.writeNumberField("sent_mbit", rounded(megabits(sentBytes)));
            json.writeNumberField("received_mbit", rounded(megabits(receivedBytes)));
            json.writeArrayFieldStart("paths");
            for (OfPath path : paths) {
                json.writeStartObject();
                json.writeStringField("label", path.label);
                json.writeNumberField("sent_bytes", path.sentBytes);
                json.writeNumberField("repeated_bytes", path.repeatedBytes);
                json.writeNumberField("received_bytes", path.receivedBytes);
                if (path.rtt != null) {
                    json.writeNumberField("rtt_us", path.rtt.toNanos() / 1000);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
