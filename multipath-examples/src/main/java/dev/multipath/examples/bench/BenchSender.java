package dev.multipath.examples.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Fills a session until the plan says that it is enough. On the session's event loop. */
final class BenchSender {
    private static final int CHUNK_BYTES = 1 << 16;

    /** Random, so that nothing on the way makes it smaller. */
    private static final ByteBuf CHUNK = Unpooled.unreleasableBuffer(chunk());

    private final Channel session;
    private final Runnable onDone;
    private final long untilNanos;
    private long leftBytes;
    private boolean done;

    /** @param onDone called once, when all has been written */
    BenchSender(Channel session, BenchPlan plan, Runnable onDone) {
        this.session = session;
        this.onDone = onDone;
        this.leftBytes = plan.bytes();
        long nowNanos = System.nanoTime();
        this.untilNanos = nowNanos + plan.duration().toNanos();
        session.eventLoop().schedule(this::send, plan.duration().toNanos(), TimeUnit.NANOSECONDS);
    }

    private static ByteBuf chunk() {
        byte[] bytes = new byte[CHUNK_BYTES];
        new Random(1).nextBytes(bytes);
        return Unpooled.directBuffer(CHUNK_BYTES, CHUNK_BYTES).writeBytes(bytes).asReadOnly();
    }

    /** Writes as far as there is room; again when there is more. */
    void send() {
        while (!done) {
            if (leftBytes == 0 || System.nanoTime() - untilNanos >= 0 || !session.isActive()) {
                done = true;
                onDone.run();
                return;
            }
            if (!session.isWritable()) {
                return;
            }
            int size = (int) Math.min(CHUNK_BYTES, leftBytes);
            leftBytes -= size;
            session.writeAndFlush(CHUNK.slice(0, size));
        }
    }
}
