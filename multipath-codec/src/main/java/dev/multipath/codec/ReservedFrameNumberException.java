package dev.multipath.codec;

/** The peer sent a payload under a number that only control frames have. */
public final class ReservedFrameNumberException extends MultipathProtocolException {
    private final long frameNumber;

    /**
     * Names the number.
     *
     * @param frameNumber  0 to 9
     * @param payloadBytes the size of its payload
     * @param streamOffset where the frame begins
     */
    public ReservedFrameNumberException(long frameNumber, int payloadBytes, long streamOffset) {
        super("payload of " + payloadBytes + " bytes on the reserved frame number " + frameNumber, streamOffset);
        this.frameNumber = frameNumber;
    }

    /**
     * The number that carries no payload.
     *
     * @return 0 to 9
     */
    public long frameNumber() {
        return frameNumber;
    }
}
