package dev.multipath.examples.emulator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * What travels over a {@link Link}: bytes of one connection, or the end of them. Whoever holds a segment owns its
 * payload.
 */
record Segment(Flow flow, Kind kind, ByteBuf payload) {

    enum Kind {
        DATA,
        /** The source has shut down its output. */
        FIN,
        /** The source has aborted the connection. */
        RESET
    }

    static Segment data(Flow flow, ByteBuf payload) {
        return new Segment(flow, Kind.DATA, payload);
    }

    static Segment end(Flow flow, Kind kind) {
        return new Segment(flow, kind, Unpooled.EMPTY_BUFFER);
    }

    void release() {
        payload.release();
    }
}
