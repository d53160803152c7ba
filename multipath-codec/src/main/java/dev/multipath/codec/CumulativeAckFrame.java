package dev.multipath.codec;

import java.util.Arrays;

/**
 * All that the sender has received, and how much more it will take. Type 3. Every one tells the whole state, so that a
 * lost one is replaced by the next, on any subflow.
 *
 * @param nextExpected every frame below this number has arrived
 * @param maxDataBytes how many bytes of stream its receiver may send in all, counted from the session's beginning
 * @param ranges what has arrived beyond {@code nextExpected}: pairs of first number and number after the last, ascending,
 *     not touching each other; the lowest {@link #MAX_RANGES} if there are more. Not copied; not to be changed
 * @param subflowFrames how many numbered frames (data and FIN) have arrived on the subflow that carries this frame
 * @param ackDelayMicros how long ago the last of those arrived
 */
public record CumulativeAckFrame(
        long nextExpected, long maxDataBytes, long[] ranges, long subflowFrames, long ackDelayMicros)
        implements ExtendedFrame {

    /** The most ranges in one frame. What is beyond them is told when those before are filled. */
    public static final int MAX_RANGES = 64;

    private static final long[] NONE = {};

    /**
     * Checks numbers and ranges.
     *
     * @param nextExpected {@link DataFrame#FIRST_FRAME_NUMBER} to {@link VarInt#MAX_VALUE}
     * @param maxDataBytes 0 to {@link VarInt#MAX_VALUE}
     * @param ranges at most {@link #MAX_RANGES} pairs that ascend from above {@code nextExpected}; not copied
     * @param subflowFrames 0 to {@link VarInt#MAX_VALUE}
     * @param ackDelayMicros 0 to {@link VarInt#MAX_VALUE}
     * @throws IllegalArgumentException if they are not as described
     */
    public CumulativeAckFrame {
        DataFrame.requireFrameNumber(nextExpected);
        VarInt.requireEncodable(maxDataBytes);
        VarInt.requireEncodable(subflowFrames);
        VarInt.requireEncodable(ackDelayMicros);
        if (ranges.length % 2 != 0 || ranges.length > 2 * MAX_RANGES) {
            throw new IllegalArgumentException(ranges.length + " range bounds");
        }
        long previous = nextExpected;
        for (long bound : ranges) {
            if (bound <= previous) {
                throw new IllegalArgumentException("range bounds do not ascend: " + Arrays.toString(ranges));
            }
            previous = bound;
        }
        VarInt.requireEncodable(previous);
    }

    /**
     * An acknowledgement without ranges.
     *
     * @param nextExpected every frame below this number has arrived, and no other
     * @param maxDataBytes how many bytes of stream its receiver may send in all
     * @param subflowFrames how many numbered frames have arrived on the subflow
     * @param ackDelayMicros how long ago the last of those arrived
     */
    public CumulativeAckFrame(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        this(nextExpected, maxDataBytes, NONE, subflowFrames, ackDelayMicros);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CumulativeAckFrame that
                && nextExpected == that.nextExpected
                && maxDataBytes == that.maxDataBytes
                && Arrays.equals(ranges, that.ranges)
                && subflowFrames == that.subflowFrames
                && ackDelayMicros == that.ackDelayMicros;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(nextExpected * 31 + subflowFrames) * 31 + Arrays.hashCode(ranges);
    }

    @Override
    public String toString() {
        return "CumulativeAckFrame[nextExpected=" + nextExpected + ", maxDataBytes=" + maxDataBytes + ", ranges="
                + Arrays.toString(ranges) + ", subflowFrames=" + subflowFrames + ", ackDelayMicros=" + ackDelayMicros
                + "]";
    }
}
