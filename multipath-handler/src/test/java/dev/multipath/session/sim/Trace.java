package dev.multipath.session.sim;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import java.util.ArrayDeque;

/** The last things that happened; only kept when a failed simulation is run again. */
final class Trace {

    private static final int MAX_LINES = 3000;

    private final EventQueue clock;
    private final boolean enabled;
    private final ArrayDeque<String> lines = new ArrayDeque<>();

    Trace(EventQueue clock, boolean enabled) {
        this.clock = clock;
        this.enabled = enabled;
    }

    void add(String format, Object... arguments) {
        if (enabled) {
            if (lines.size() == MAX_LINES) {
                lines.poll();
            }
            lines.add(String.format("%12.6f s  ", clock.nowNanos() / 1e9) + String.format(format, arguments));
        }
    }

    void addFrame(String endpoint, ConnectionEnd end, String verb, Frame frame) {
        if (enabled) {
            add("%s: %s %s %s", endpoint, end.name, verb, describe(frame));
        }
    }

    private static String describe(Frame frame) {
        if (frame instanceof DataFrame data) {
            return "frame " + data.frameNumber() + " of " + data.payload().readableBytes() + " B";
        }
        if (frame instanceof AckFrame ack) {
            return "ack " + ack.frameNumber();
        }
        if (!(frame instanceof ControlFrame control)) {
            return frame.toString();
        }
        return control.isPing() ? "ping" : control.isPong() ? "pong" : "control " + control.number();
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
