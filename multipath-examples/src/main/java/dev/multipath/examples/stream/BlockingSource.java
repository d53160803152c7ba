package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/** A stream of bytes whose reads block, such as standard input. */
@FunctionalInterface
public interface BlockingSource {
    /**
     * Waits for bytes and appends them to {@code buffer}, no more than fit in its writable bytes.
     *
     * @return how many came (0 when the stream does not block and has none), or -1 at the end
     */
    int readInto(ByteBuf buffer) throws IOException;
}
