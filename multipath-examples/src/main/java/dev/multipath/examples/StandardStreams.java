package dev.multipath.examples;

import dev.multipath.examples.stream.BlockingBridge;
import dev.multipath.examples.stream.BlockingSink;
import dev.multipath.examples.stream.BlockingSource;
import dev.multipath.examples.stream.Reasons;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Joins a session to standard input and output; their failures say which of them failed. */
final class StandardStreams {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private StandardStreams() {}

    static BlockingBridge bridge(Stdio stdio) {
        return new BlockingBridge("stdio", source(stdio), sink(stdio));
    }

    private static BlockingSource source(Stdio stdio) {
        return buffer -> {
            try {
                return buffer.writeBytes(stdio.in(), buffer.writableBytes());
            } catch (IOException e) {
                throw new IOException("standard input: " + reason(e), e);
            }
        };
    }

    private static BlockingSink sink(Stdio stdio) {
        return new BlockingSink() {
            @Override
            public void write(ByteBuf buffer) throws IOException {
                try {
                    while (buffer.isReadable()) {
                        if (buffer.readBytes(stdio.out(), buffer.readableBytes()) == 0) {
                            LockSupport.parkNanos(RETRY_NANOS); // somebody made our terminal non-blocking
                        }
                    }
                } catch (IOException e) {
                    throw new IOException("standard output: " + reason(e), e);
                }
            }

            @Override
            public void end() {
                // The process's own output ends with the process.
            }

            @Override
            public void cut() {
                // The exit code tells.
            }
        };
    }

    private static String reason(IOException failure) {
        return failure instanceof ClosedChannelException ? "closed" : Reasons.of(failure);
    }
}
