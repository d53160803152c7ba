package dev.multipath.codec;

/**
 * The end of the sender's stream. Type 5. It is numbered, acknowledged and sent again like a data frame.
 *
 * @param frameNumber the number after the last data frame's
 */
public record FinFrame(long frameNumber) implements ExtendedFrame {
    /**
     * Checks the number.
     *
     * @param frameNumber {@link DataFrame#FIRST_FRAME_NUMBER} to {@link VarInt#MAX_VALUE}
     * @throws IllegalArgumentException if no data frame could have it
     */
    public FinFrame {
        DataFrame.requireFrameNumber(frameNumber);
    }
}
