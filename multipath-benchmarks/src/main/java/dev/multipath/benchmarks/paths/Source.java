package dev.multipath.benchmarks.paths;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;

/** Writes as fast as a channel takes it, for a time; on the channel's event loop. */
final class Source {

    private static final int WRITE_BYTES = 64 << 10;

    /** The loop must get to read between two bursts. */
    private static final int MAX_WRITES_IN_A_ROW = 64;

    private final Channel channel;
    private final long endNanos;
    private final ByteBuf data;
    private final Promise<Void> done;
    private boolean again;

    Source(Channel channel, long nanos) {
        this.channel = channel;
        endNanos = System.nanoTime() + nanos;
        data = channel.alloc().directBuffer(WRITE_BYTES).writeZero(WRITE_BYTES);
        done = channel.eventLoop().newPromise();
    }

    /** Done when the time is over. */
    Promise<Void> done() {
        return done;
    }

    /** To be called whenever the channel may take more. */
    void write() {
        if (done.isDone()) {
            return;
        }
        if (System.nanoTime() - endNanos >= 0 || !channel.isActive()) {
            end();
            return;
        }
        int count = 0;
        while (channel.isWritable() && count < MAX_WRITES_IN_A_ROW) {
            channel.writeAndFlush(data.retainedDuplicate(), channel.voidPromise());
            count++;
        }
        if (!again) {
            again = true;
            // When the channel is full too: the time may be over meanwhile.
            channel.eventLoop()
                    .schedule(
                            () -> {
                                again = false;
                                write();
                            },
                            count == MAX_WRITES_IN_A_ROW ? 0 : 5,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void end() {
        data.release();
        done.trySuccess(null);
    }
}
