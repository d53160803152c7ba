package dev.multipath.examples.demo;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Counts, hashes and times what arrives. */
final class DataReceiver extends ChannelInboundHandlerAdapter {
    private final MessageDigest digest = Hashing.newDigest();
    private final CompletableFuture<Received> all = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final long expectedBytes;
    private volatile long receivedBytes;
    private long lastNanos;
    private long longestGapNanos;

    DataReceiver(long expectedBytes) {
        this.expectedBytes = expectedBytes;
    }

    /**
     * What was received.
     *
     * @param sha256 its hash, in hexadecimal
     * @param atNanos when the last byte came, by {@link System#nanoTime}
     * @param longestGap between two arrivals
     */
    record Received(String sha256, long atNanos, Duration longestGap) {}

    /** Completes when all bytes expected are here; fails when they cannot come any more. */
    CompletableFuture<Received> all() {
        return all;
    }

    /** Completes when the stream has ended; fails when it broke, or brought more than was expected. */
    CompletableFuture<Void> closed() {
        return closed;
    }

    /** So far; any thread. */
    long receivedBytes() {
        return receivedBytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            received(bytes, System.nanoTime());
        } finally {
            bytes.release();
        }
    }

    private void received(ByteBuf bytes, long nowNanos) {
        if (receivedBytes > 0) {
            longestGapNanos = Math.max(longestGapNanos, nowNanos - lastNanos);
        }
        lastNanos = nowNanos;
        for (ByteBuffer part : bytes.nioBuffers()) {
            digest.update(part);
        }
        long total = receivedBytes + bytes.readableBytes();
        receivedBytes = total;
        if (total == expectedBytes) {
            Duration longestGap = Duration.ofNanos(longestGapNanos);
            all.complete(new Received(Hashing.hex(digest), nowNanos, longestGap));
        } else if (total > expectedBytes) {
            IllegalStateException tooMuch = new IllegalStateException("more bytes arrived than were sent");
            all.completeExceptionally(tooMuch);
            closed.completeExceptionally(tooMuch);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        all.completeExceptionally(new IllegalStateException(
                "the stream ended after " + receivedBytes + " of " + expectedBytes + " bytes"));
        closed.complete(null);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        all.completeExceptionally(cause);
        closed.completeExceptionally(cause);
        ctx.close();
    }
}
