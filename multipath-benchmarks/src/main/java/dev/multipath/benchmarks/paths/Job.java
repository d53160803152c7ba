package dev.multipath.benchmarks.paths;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * What a client asks a server for, in the first bytes of a stream.
 *
 * @param kind the traffic
 * @param requestBytes of each request; for {@link Kind#DOWNLOAD} how many milliseconds are sent
 * @param responseBytes of each response
 */
record Job(Kind kind, int requestBytes, int responseBytes) {

    /** The traffic. */
    enum Kind {
        /** The client sends as much as it can. */
        UPLOAD,
        /** The server sends as much as it can, for a time. */
        DOWNLOAD,
        /** One request after the other. */
        REQUESTS
    }

    static final int HEADER_BYTES = 3 * Integer.BYTES;

    ByteBuf write(ByteBufAllocator allocator) {
        return allocator
                .buffer(HEADER_BYTES)
                .writeInt(kind.ordinal())
                .writeInt(requestBytes)
                .writeInt(responseBytes);
    }

    static Job read(ByteBuf in) {
        return new Job(Kind.values()[in.readInt()], in.readInt(), in.readInt());
    }
}
