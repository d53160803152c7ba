package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Moves what a channel receives into a blocking sink, on a thread of its own. The channel stops reading while more than
 * {@link #HIGH_BYTES} wait; memory is bounded by that and what one read of the channel brings.
 */
final class BlockingWriter implements Runnable {
    private static final int HIGH_BYTES = 1024 * 1024;
    private static final int LOW_BYTES = 256 * 1024;

    /** What a buffer costs beside its bytes, so that a peer's one-byte frames are counted for what they are. */
    private static final int BUFFER_COST_BYTES = 512;

    private final Channel channel;
    private final BlockingSink sink;
    private final FailureListener failures;
    private final Queue<ByteBuf> queue = new ArrayDeque<>();
    private long queuedBytes;
    private State state = State.OPEN;

    private enum State {
        OPEN,
        /** Nothing more will be offered. */
        ENDED,
        /** The same, and what was offered is not all that there should have been. */
        CUT,
        /** The sink has failed. */
        BROKEN
    }

    BlockingWriter(Channel channel, BlockingSink sink, FailureListener failures) {
        this.channel = channel;
        this.sink = sink;
        this.failures = failures;
    }

    /** Queues a buffer, which is now this object's to release; called on the channel's event loop. */
    void offer(ByteBuf buffer) {
        boolean full;
        synchronized (this) {
            if (state == State.BROKEN) {
                buffer.release();
                return;
            }
            queue.add(buffer);
            queuedBytes += cost(buffer);
            full = queuedBytes > HIGH_BYTES;
            notifyAll();
        }
        if (full) {
            // No race with resumeReading: the queue is emptied after this, and its task runs after this one.
            channel.config().setAutoRead(false);
        }
    }

    /** Nothing more will be offered: the thread writes what is queued, ends the sink, and returns. */
    synchronized void end() {
        endAs(State.ENDED);
    }

    /** As {@link #end}, but the stream has failed, and the sink must not take its end for whole. */
    synchronized void cut() {
        endAs(State.CUT);
    }

    private void endAs(State newState) {
        if (state == State.OPEN || (state == State.ENDED && newState == State.CUT)) {
            state = newState;
            notifyAll();
        }
    }

    @Override
    public void run() {
        try {
            for (ByteBuf next = take(); next != null; next = take()) {
                writeAndRelease(next);
            }
            if (isCut()) {
                sink.cut();
            } else {
                sink.end();
            }
        } catch (IOException | RuntimeException | Error e) {
            discardQueue();
            failures.failed(e);
        } catch (InterruptedException e) {
            discardQueue();
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isCut() {
        return state == State.CUT;
    }

    private void writeAndRelease(ByteBuf buffer) throws IOException {
        int costBytes = cost(buffer);
        try {
            sink.write(buffer);
        } finally {
            buffer.release();
        }
        boolean drained;
        synchronized (this) {
            drained = queuedBytes > LOW_BYTES && queuedBytes - costBytes <= LOW_BYTES;
            queuedBytes -= costBytes;
        }
        if (drained && channel.isActive()) {
            channel.eventLoop().execute(this::resumeReading);
        }
    }

    private void resumeReading() {
        boolean full;
        synchronized (this) {
            full = queuedBytes > HIGH_BYTES;
        }
        if (!full) {
            channel.config().setAutoRead(true);
        }
    }

    private synchronized ByteBuf take() throws InterruptedException {
        while (queue.isEmpty() && state == State.OPEN) {
            wait();
        }
        return queue.poll();
    }

    private synchronized void discardQueue() {
        state = State.BROKEN;
        queue.forEach(ByteBuf::release);
        queue.clear();
    }

    private static int cost(ByteBuf buffer) {
        return buffer.readableBytes() + BUFFER_COST_BYTES;
    }
}
