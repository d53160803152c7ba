package dev.multipath.codec;

import io.netty.handler.codec.DecoderException;

/**
 * The peer sent what the protocol does not allow. The subflow that it came on cannot be understood any further and is
 * to be closed; the session goes on if other subflows live. Subclasses name what was wrong.
 */
public class MultipathProtocolException extends DecoderException {
    private final long streamOffset;

    /**
     * Says what was wrong and where.
     *
     * @param message      what was wrong
     * @param streamOffset where: the number of bytes that the peer sent on the subflow before the wrong ones
     */
    public MultipathProtocolException(String message, long streamOffset) {
        super(message + ", at byte " + streamOffset + " of the subflow");
        this.streamOffset = streamOffset;
    }

    /**
     * Where the wrong bytes begin.
     *
     * @return the number of bytes that the peer sent on the subflow before them
     */
    public final long streamOffset() {
        return streamOffset;
    }
}
