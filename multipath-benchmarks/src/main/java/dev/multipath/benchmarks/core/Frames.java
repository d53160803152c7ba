package dev.multipath.benchmarks.core;

/** An operation is one frame: that is checked, since a figure for something else would not be seen to be wrong. */
final class Frames {

    /** The last burst may be under way still. */
    private static final double MAX_DIFFERENCE = 0.01;

    /** A run so short that the last burst counts. */
    private static final int MIN_FRAMES = 10_000;

    private Frames() {}

    static void check(long sent, long written) {
        if (written >= MIN_FRAMES && Math.abs(sent - written) > MAX_DIFFERENCE * written) {
            throw new IllegalStateException(written + " payloads were sent as " + sent + " frames");
        }
    }
}
