package dev.multipath.codec;

/**
 * The subflow ended inside a frame: what a dying path looks like when its last bytes are lost. That frame was not
 * received; its sender has to send it again on another subflow.
 */
public final class TruncatedFrameException extends MultipathProtocolException {
    /**
     * Says how much of the frame came.
     *
     * @param receivedBytes the bytes that came of it, with its header
     * @param streamOffset  where the frame begins
     */
    public TruncatedFrameException(long receivedBytes, long streamOffset) {
        super("subflow ended after " + receivedBytes + " bytes of a frame", streamOffset);
    }
}
