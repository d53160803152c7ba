package dev.multipath.examples.emulator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * What travels over a {@link Link}: bytes of one connection, or the end of them. Whoever holds a segment owns its
 * payload.
 */
record Segment(Sender sender, Kind kind, ByteBuf payload) {

    /** Whose it is: reads when the link has room, and takes at the far end what has passed it. */
    interface Sender {
        /** The link has room. Returns whether it was still wanted. */
        boolean read();

        /** A segment of its own has passed the link. */
        void deliver(Segment segment);
    }

    enum Kind {
        DATA,
        /** The source has shut down its output. */
        FIN,
        /** The source has aborted the connection. */
        RESET
    }

    static Segment data(Sender sender, ByteBuf payload) {
        return new Segment(sender, Kind.DATA, payload);
    }

    static Segment end(Sender sender, Kind kind) {
        return new Segment(sender, kind, Unpooled.EMPTY_BUFFER);
    }

    void release() {
        payload.release();
    }
}
