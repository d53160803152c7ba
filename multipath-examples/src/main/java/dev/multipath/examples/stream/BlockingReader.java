package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Moves a blocking source into a channel, on a thread of its own, and reads only while the channel is writable. Memory is
 * bounded by the channel's high water mark and one buffer.
 */
final class BlockingReader implements Runnable {
    /** A full Linux pipe, so that one read empties it. */
    private static final int BUFFER_BYTES = 64 * 1024;

    /** A buffer with less room than this is given up: tiny reads cost a system call each. */
    private static final int LEAST_ROOM_BYTES = 4 * 1024;

    /** How long a source that does not block (a terminal shared with a program that made it so) is left alone. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Channel channel;
    private final BlockingSource source;
    private final FailureListener failures;
    private final ChannelFutureListener reportLoss;

    BlockingReader(Channel channel, BlockingSource source, FailureListener failures) {
        this.channel = channel;
        this.source = source;
        this.failures = failures;
        this.reportLoss = written -> {
            if (!written.isSuccess()) {
                failures.failed(loss(written.cause()));
            }
        };
    }

    @Override
    public void run() {
        ByteBuf buffer = null;
        try {
            while (awaitWritable()) {
                buffer = withRoom(buffer);
                int readBytes = source.readInto(buffer);
                if (!channel.isActive()) {
                    // It has ended meanwhile, and its event loop may have.
                    if (readBytes > 0) {
                        failures.failed(loss(new ClosedChannelException()));
                    }
                    return;
                }
                if (readBytes < 0) {
                    endInput();
                    return;
                }
                if (readBytes == 0) {
                    LockSupport.parkNanos(RETRY_NANOS);
                } else {
                    send(buffer.readRetainedSlice(readBytes));
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            failures.failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (buffer != null) {
                buffer.release();
            }
        }
    }

    /** Wakes the thread to look at the channel again; any thread may call it. */
    synchronized void channelChanged() {
        notifyAll();
    }

    private synchronized boolean awaitWritable() throws InterruptedException {
        while (channel.isActive() && !channel.isWritable()) {
            wait();
        }
        return channel.isActive();
    }

    /** Small reads share one buffer, so that what waits in the channel costs what it holds. */
    private ByteBuf withRoom(ByteBuf buffer) {
        if (buffer != null) {
            if (buffer.writableBytes() >= LEAST_ROOM_BYTES) {
                return buffer;
            }
            buffer.release();
        }
        return channel.alloc().directBuffer(BUFFER_BYTES, BUFFER_BYTES);
    }

    /** An event loop that has ended tells no listener that a write came too late: another executor does. */
    private void send(ByteBuf bytes) {
        ChannelPromise promise = new DefaultChannelPromise(channel, GlobalEventExecutor.INSTANCE);
        channel.writeAndFlush(bytes, promise.addListener(reportLoss));
    }

    private void endInput() {
        try {
            channel.eventLoop().execute(() -> InputEnd.fireAfterFlush(channel));
        } catch (RejectedExecutionException e) {
            failures.failed(loss(new ClosedChannelException()));
        }
    }

    private static Throwable loss(Throwable cause) {
        return cause instanceof ClosedChannelException
                ? new IOException("the session ended before all input was sent", cause)
                : cause;
    }
}
