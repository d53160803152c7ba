package dev.multipath.session.sim;

import java.util.Arrays;
import java.util.List;

/**
 * A path as one would write it down.
 *
 * @param megabits the rate on the wire, each way
 * @param rttMillis the round trip while its queues are empty
 * @param queueMillis how long a full queue takes
 * @param lossPerPacket the share of packets that are lost by chance
 * @param stallShare the share of time in which what arrives waits for a packet that is sent again, with no effect on the rate
 */
record PathSpec(double megabits, double rttMillis, double queueMillis, double lossPerPacket, double stallShare) {

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double BYTES_PER_MEGABIT = 125_000;

    /** As in the emulated paths: the queue takes 100 ms. */
    static PathSpec of(double megabits, double rttMillis) {
        return new PathSpec(megabits, rttMillis, 100, 0, 0);
    }

    /** Paths as in 50/10+10/200/1.5. */
    static List<PathSpec> parse(String paths) {
        return Arrays.stream(paths.split("\\+"))
                .map(path -> path.split("/"))
                .map(path -> of(Double.parseDouble(path[0]), Double.parseDouble(path[1]))
                        .withLoss(path.length > 2 ? Double.parseDouble(path[2]) / 100 : 0))
                .toList();
    }

    PathSpec withLoss(double share) {
        return new PathSpec(megabits, rttMillis, queueMillis, share, stallShare);
    }

    long rttNanos() {
        return (long) (rttMillis * NANOS_PER_MILLI);
    }

    long queueNanos() {
        return (long) (queueMillis * NANOS_PER_MILLI);
    }

    double bytesPerSecond() {
        return megabits * BYTES_PER_MEGABIT;
    }

    @Override
    public String toString() {
        String text = String.format("%.3g/%.3g", megabits, rttMillis);
        text += queueMillis == 100 ? "" : String.format(" q%.0f", queueMillis);
        text += lossPerPacket == 0 ? "" : String.format(" loss %.2g%%", 100 * lossPerPacket);
        return text + (stallShare == 0 ? "" : String.format(" stalls %.2g%%", 100 * stallShare));
    }
}
