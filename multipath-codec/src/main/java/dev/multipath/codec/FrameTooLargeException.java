package dev.multipath.codec;

/** The peer announced a payload over the limit. */
public final class FrameTooLargeException extends MultipathProtocolException {
    private final long payloadBytes;

    /**
     * Names the size and the limit.
     *
     * @param payloadBytes    the size that the peer announced
     * @param maxPayloadBytes the limit
     * @param streamOffset    where the frame begins
     */
    public FrameTooLargeException(long payloadBytes, int maxPayloadBytes, long streamOffset) {
        super("payload of " + payloadBytes + " bytes is over the limit of " + maxPayloadBytes, streamOffset);
        this.payloadBytes = payloadBytes;
    }

    /**
     * The size that the peer announced.
     *
     * @return bytes
     */
    public long payloadBytes() {
        return payloadBytes;
    }
}
