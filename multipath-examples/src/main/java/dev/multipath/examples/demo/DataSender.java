package dev.multipath.examples.demo;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;

/** Sends pseudo-random bytes, made as the channel takes them, and hashes them on the way. */
final class DataSender extends ChannelInboundHandlerAdapter {
    private static final int CHUNK_BYTES = 64 * 1024;

    /** Marsaglia's xorshift needs a seed that is not zero; the golden ratio's bits are well mixed. */
    private static final long SEED = 0x9E3779B97F4A7C15L;

    private final MessageDigest digest = Hashing.newDigest();
    private final CompletableFuture<String> sha256 = new CompletableFuture<>();
    private volatile long startNanos;
    private long leftBytes;
    private long random = SEED;
    private boolean sending;

    DataSender(long sizeBytes) {
        leftBytes = sizeBytes;
    }

    /** The hash of everything, once all of it was written; fails when it cannot be. */
    CompletableFuture<String> sha256() {
        return sha256;
    }

    /** When its channel was connected, by {@link System#nanoTime}. */
    long startNanos() {
        return startNanos;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        startNanos = System.nanoTime();
        send(ctx);
        ctx.fireChannelActive();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        send(ctx);
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        sha256.completeExceptionally(new IllegalStateException("the sender's stream ended early"));
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        sha256.completeExceptionally(cause);
        ctx.close();
    }

    private void send(ChannelHandlerContext ctx) {
        if (sending) {
            return; // a flush below made the channel writable again, and the loop there goes on
        }
        sending = true;
        while (leftBytes > 0 && ctx.channel().isWritable()) {
            ctx.writeAndFlush(nextChunk(ctx));
        }
        sending = false;
        if (leftBytes == 0 && !sha256.isDone()) {
            sha256.complete(Hashing.hex(digest));
        }
    }

    private ByteBuf nextChunk(ChannelHandlerContext ctx) {
        int chunkBytes = (int) Math.min(CHUNK_BYTES, leftBytes);
        ByteBuf chunk = ctx.alloc().directBuffer(CHUNK_BYTES);
        while (chunk.readableBytes() < chunkBytes) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            chunk.writeLong(random);
        }
        chunk.writerIndex(chunkBytes);
        digest.update(chunk.nioBuffer());
        leftBytes -= chunkBytes;
        return chunk;
    }
}
