package dev.multipath.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.multipath.codec.PeerText;
import dev.multipath.examples.stream.Reasons;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathFailure;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.TransportStats;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How numbers of sessions are printed. GUIDE.md has the fields. */
interface SessionReport {
    /** Prints nothing. */
    SessionReport NONE = new SessionReport() {
        @Override
        public void stats(int session, MultipathStats stats) {}

        @Override
        public void end(int session, MultipathStats stats, Throwable failure) {}
    };

    /** A session as it is now. */
    void stats(int session, MultipathStats stats);

    /**
     * A session as it was.
     *
     * @param failure why it ended other than in order, or null
     */
    void end(int session, MultipathStats stats, Throwable failure);

    /** For people: a table. */
    record Table(PrintStream out) implements SessionReport {
        @Override
        public void stats(int session, MultipathStats stats) {
            String prefix = "session " + session + ": ";
            stats.format().lines().forEach(line -> out.println(prefix + PeerText.escape(line)));
            stats.paths().stream().filter(path -> path.lastFailure() != null).forEach(path -> {
                PathFailure failure = path.lastFailure();
                long agoSeconds = Duration.between(failure.at(), Instant.now()).toSeconds();
                out.println(prefix + PeerText.escape(path.label()) + "  last failure " + agoSeconds + " s ago: "
                        + Reasons.of(failure.cause()));
            });
            stats.paths().forEach(path -> {
                String below = below(path);
                if (!below.isEmpty()) {
                    out.println(prefix + PeerText.escape(path.label()) + "  transport: " + below);
                }
            });
        }

        /** What the transport knows, as far as it tells. */
        private static String below(PathStats path) {
            TransportStats known = path.transport();
            List<String> words = new ArrayList<>();
            if (known.smoothedRttNanos() != TransportStats.UNKNOWN) {
                words.add(String.format(Locale.ROOT, "RTT %.1fms", known.smoothedRttNanos() / 1e6));
            }
            if (known.congestionWindowBytes() != TransportStats.UNKNOWN) {
                words.add(String.format(Locale.ROOT, "window %.1fkB", known.congestionWindowBytes() / 1e3));
            }
            if (known.deliveryBytesPerSecond() != TransportStats.UNKNOWN) {
                words.add(String.format(Locale.ROOT, "rate %.1fkB/s", known.deliveryBytesPerSecond() / 1e3));
            }
            if (path.packetsLost() != TransportStats.UNKNOWN) {
                words.add("lost " + path.packetsLost());
            }
            if (known.mptcp().subflows() > 0) {
                words.add("MPTCP subflows " + known.mptcp().subflows());
            }
            if (known.mptcp().bytesRetransmitted() > 0) {
                words.add(String.format(
                        Locale.ROOT, "MPTCP repeated %.1fkB", known.mptcp().bytesRetransmitted() / 1e3));
            }
            return String.join("  ", words);
        }

        @Override
        public void end(int session, MultipathStats stats, Throwable failure) {
            stats(session, stats);
        }
    }

    /** For programs: an object a line. */
    record Json(PrintStream out, boolean periodic) implements SessionReport {
        private static final JsonFactory FACTORY = new JsonFactory();

        @Override
        public void stats(int session, MultipathStats stats) {
            if (periodic) {
                print("stats", session, stats, null);
            }
        }

        @Override
        public void end(int session, MultipathStats stats, Throwable failure) {
            print("end", session, stats, failure);
        }

        private void print(String event, int session, MultipathStats stats, Throwable failure) {
            StringWriter line = new StringWriter();
            try (JsonGenerator json = FACTORY.createGenerator(line)) {
                json.writeStartObject();
                json.writeStringField("event", event);
                json.writeNumberField("session", session);
                json.writeStringField("time", Instant.now().toString());
                if (event.equals("end")) {
                    json.writeBooleanField("ok", failure == null);
                    if (failure != null) {
                        json.writeStringField("error", Reasons.of(failure));
                    }
                }
                if (stats.age() != null) {
                    json.writeNumberField("age_ms", stats.age().toMillis());
                }
                json.writeBooleanField("suspended", stats.suspended());
                json.writeNumberField("unacknowledged_bytes", stats.unacknowledgedBytes());
                json.writeArrayFieldStart("paths");
                for (PathStats path : stats.paths()) {
                    write(json, path);
                }
                json.writeEndArray();
                json.writeEndObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            out.println(line);
        }

        private static void write(JsonGenerator json, PathStats path) throws IOException {
            json.writeStartObject();
            json.writeStringField("label", path.label());
            json.writeStringField("state", path.state().name().toLowerCase(Locale.ROOT));
            if (path.rtt() != null) {
                json.writeNumberField("rtt_us", path.rtt().toNanos() / 1000);
            }
            json.writeNumberField("sent_frames", path.framesSent());
            json.writeNumberField("sent_bytes", path.bytesSent());
            json.writeNumberField("repeated_frames", path.framesRetransmitted());
            json.writeNumberField("repeated_bytes", path.bytesRetransmitted());
            json.writeNumberField("received_frames", path.framesReceived());
            json.writeNumberField("received_bytes", path.bytesReceived());
            json.writeNumberField("successes", path.successes());
            json.writeNumberField("failures", path.failures());
            write(json, "transport_rtt_us", path.transport().smoothedRttNanos(), 1000);
            write(json, "transport_window_bytes", path.transport().congestionWindowBytes(), 1);
            write(json, "transport_bytes_per_second", path.transport().deliveryBytesPerSecond(), 1);
            write(json, "transport_lost_packets", path.packetsLost(), 1);
            MptcpStats mptcp = path.transport().mptcp();
            if (mptcp.subflows() > 0) {
                json.writeNumberField("mptcp_subflows", mptcp.subflows());
                write(json, "mptcp_sent_bytes", mptcp.bytesSent(), 1);
                write(json, "mptcp_received_bytes", mptcp.bytesReceived(), 1);
                write(json, "mptcp_repeated_bytes", mptcp.bytesRetransmitted(), 1);
            }
            if (path.lastFailure() != null) {
                json.writeStringField(
                        "last_failure", Reasons.of(path.lastFailure().cause()));
                json.writeStringField(
                        "last_failure_time", path.lastFailure().at().toString());
            }
            json.writeEndObject();
        }

        /** A field, unless the transport does not tell. */
        private static void write(JsonGenerator json, String name, long value, long unit) throws IOException {
            if (value != TransportStats.UNKNOWN) {
                json.writeNumberField(name, value / unit);
            }
        }
    }
}
