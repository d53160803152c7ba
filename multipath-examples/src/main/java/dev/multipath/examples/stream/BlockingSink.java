package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/** A stream of bytes whose writes block, such as standard output. */
public interface BlockingSink {
    /** Takes every readable byte of {@code buffer}; blocks as long as that needs. The caller releases the buffer. */
    void write(ByteBuf buffer) throws IOException;

    /** Ends the stream after its last byte. */
    void end() throws IOException;

    /** Ends the stream that was cut, in a way that shows it if there is one. */
    void cut();
}
