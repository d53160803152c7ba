package dev.multipath.quic;

import io.netty.buffer.ByteBuf;

/** What may be sent before the peer has proved who it is: whoever records it may have the server see it again. */
final class EarlyFlight {

    /** {@code docs/PROTOCOL.md} 2.1: the version, and the name of the session. */
    private static final int VERSION_BYTES = 1;

    private static final int NAME_BYTES = 16;

    private EarlyFlight() {}

    /**
     * Whether that is so of what a subflow begins with: a request for a session of its own, and what its application says may be
     * done twice. One that names a session may be let in by the name alone, in the base profile.
     */
    static boolean isHarmless(ByteBuf first) {
        if (first.readableBytes() < VERSION_BYTES + NAME_BYTES) {
            return false;
        }
        int start = first.readerIndex() + VERSION_BYTES;
        return first.getLong(start) == 0 && first.getLong(start + Long.BYTES) == 0;
    }
}
