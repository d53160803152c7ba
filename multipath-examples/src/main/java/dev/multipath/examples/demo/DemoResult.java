package dev.multipath.examples.demo;

import java.time.Duration;
import java.util.Locale;

/**
 * What a run came to.
 *
 * @param bytes sent and received alike
 * @param sha256 of them, in hexadecimal
 * @param seconds from the connecting to the last arrival
 * @param goodputMbit application bytes over that time
 * @param bestSinglePathMbit what one TCP connection got through the better path
 * @param longestStall the longest time between two arrivals
 */
public record DemoResult(
        long bytes,
        String sha256,
        double seconds,
        double goodputMbit,
        double bestSinglePathMbit,
        Duration longestStall) {

    /** The line that programs read. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "demo: ok bytes=%d sha256=%s seconds=%.3f goodput_mbit=%.1f best_single_path_mbit=%.1f longest_stall_ms=%d",
                bytes,
                sha256,
                seconds,
                goodputMbit,
                bestSinglePathMbit,
                longestStall.toMillis());
    }
}
