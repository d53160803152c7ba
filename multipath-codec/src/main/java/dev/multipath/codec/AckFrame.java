package dev.multipath.codec;

/**
 * Says that one data frame has arrived. On the wire: a payload size of 0, then the frame number.
 *
 * @param frameNumber the number of the data frame, from {@link DataFrame#FIRST_FRAME_NUMBER}
 */
public record AckFrame(long frameNumber) implements Frame {
    /**
     * Checks the number.
     *
     * @param frameNumber {@link DataFrame#FIRST_FRAME_NUMBER} to {@link VarInt#MAX_VALUE}
     * @throws IllegalArgumentException if no data frame can have it
     */
    public AckFrame {
        DataFrame.requireFrameNumber(frameNumber);
    }
}
