package dev.multipath.codec;

/** The payload of an extended frame is too short for its fields, or one of them has a value that it may not have. */
public final class MalformedFrameException extends MultipathProtocolException {
    private final int type;

    /**
     * Says what was wrong.
     *
     * @param type         the frame's type
     * @param problem      what was wrong
     * @param streamOffset where the frame begins
     */
    MalformedFrameException(ExtendedFrameType type, String problem, long streamOffset) {
        super("malformed " + type + " frame (type " + type.number() + "): " + problem, streamOffset);
        this.type = type.number();
    }

    /**
     * The type of the frame, as in docs/PROTOCOL.md.
     *
     * @return 2 to 8
     */
    public int type() {
        return type;
    }
}
