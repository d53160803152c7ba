package dev.multipath.session.sim;

/**
 * What one end's application does.
 *
 * @param totalBytes how much it writes
 * @param minWriteBytes the smallest write
 * @param maxWriteBytes the largest
 * @param writesInARow how many before it flushes and thinks
 * @param thinkNanos the longest that it then waits; 0 if it goes on as soon as there is room
 * @param reading how it reads
 * @param quantumBytes a slow reader's bytes per interval
 * @param intervalNanos a slow reader's interval, a pausing one's longest pause
 * @param echo whether it writes only as many bytes as it has read, and reads only while it can write
 */
record Traffic(
        long totalBytes,
        int minWriteBytes,
        int maxWriteBytes,
        int writesInARow,
        long thinkNanos,
        Reading reading,
        int quantumBytes,
        long intervalNanos,
        boolean echo) {

    /** How an application reads. */
    enum Reading {
        /** At once. */
        EAGER,
        /** At its own rate. */
        SLOW,
        /** At once, or not at all for a while. */
        PAUSING
    }

    @Override
    public String toString() {
        return String.format(
                "%s%,d B in %d x %d..%d B writes, thinks %.3f s; reads %s %,d B, %.3f s",
                echo ? "echoes " : "",
                totalBytes,
                writesInARow,
                minWriteBytes,
                maxWriteBytes,
                thinkNanos / 1e9,
                reading,
                quantumBytes,
                intervalNanos / 1e9);
    }
}
