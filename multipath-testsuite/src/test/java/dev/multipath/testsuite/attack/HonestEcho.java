package dev.multipath.testsuite.attack;

import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * An honest session that sends 64 bytes, waits until they are back, and begins again; or, if it is a short one, closes and
 * begins again with another session. Runs on the client's event loop; thread-safe to ask.
 */
final class HonestEcho {

    private static final int BYTES = 64;
    private static final long PAUSE_MILLIS = 5;
    private static final long PAUSE_BETWEEN_SESSIONS_MILLIS = 50;

    private final Bootstrap bootstrap;
    private final MultipathAddress server;
    private final boolean single;

    // guarded by this
    private final List<Long> roundTripNanos = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private long startedNanos;
    private long completedStartNanos = Long.MIN_VALUE;

    /**
     * Begins.
     *
     * @param single one echo a session
     */
    HonestEcho(Bootstrap bootstrap, MultipathAddress server, boolean single) {
        this.bootstrap = bootstrap.clone().handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel session) {
                session.pipeline().addLast(new Handler());
            }
        });
        this.server = server;
        this.single = single;
        connect();
    }

    private void connect() {
        if (single) {
            start();
        }
        bootstrap.connect(server).addListener(f -> {
            if (!f.isSuccess()) {
                fail("connect", f.cause());
                later(PAUSE_BETWEEN_SESSIONS_MILLIS, this::connect);
            }
        });
    }

    private void later(long millis, Runnable task) {
        bootstrap.config().group().schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    synchronized void begin() {
        roundTripNanos.clear();
        failures.clear();
    }

    private synchronized void start() {
        startedNanos = System.nanoTime();
    }

    private synchronized void complete() {
        roundTripNanos.add(System.nanoTime() - startedNanos);
        completedStartNanos = startedNanos;
        notifyAll();
    }

    private synchronized void fail(String what, Throwable cause) {
        failures.add(what + ": " + cause);
    }

    /** Waits until an echo that was begun after now is complete, or the limit is over, which is a failure. */
    synchronized Report end(long limitMillis) throws InterruptedException {
        long now = System.nanoTime();
        long end = now + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        while (completedStartNanos == Long.MIN_VALUE || completedStartNanos - now < 0) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                fail("echo", new IllegalStateException("none in " + limitMillis + " ms"));
                break;
            }
            wait(left);
        }
        long[] sorted = roundTripNanos.stream().mapToLong(n -> n).sorted().toArray();
        int count = sorted.length;
        return Report.of(
                "count",
                count,
                "p99",
                count == 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(sorted[(int) Math.ceil(count * 0.99) - 1]),
                "max",
                count == 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(sorted[count - 1]),
                "failures",
                String.join("\n", failures));
    }

    private final class Handler extends SimpleChannelInboundHandler<ByteBuf> {

        private final byte[] word = new byte[BYTES];
        private final ByteBuf back = Unpooled.buffer(BYTES);
        private boolean done;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            send(ctx);
        }

        private void send(ChannelHandlerContext ctx) {
            if (!single) {
                start();
            }
            ThreadLocalRandom.current().nextBytes(word);
            back.clear();
            ctx.writeAndFlush(Unpooled.copiedBuffer(word));
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            back.writeBytes(bytes);
            if (back.readableBytes() < BYTES) {
                return;
            }
            if (!back.equals(Unpooled.wrappedBuffer(word))) {
                fail("echo", new IllegalStateException("other bytes came back"));
            }
            complete();
            if (single) {
                done = true;
                ctx.close().addListener(f -> {
                    if (!f.isSuccess()) {
                        fail("close", f.cause());
                    }
                });
            } else {
                later(PAUSE_MILLIS, () -> send(ctx));
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!done) {
                fail("session", new IllegalStateException("ended"));
            }
            later(PAUSE_BETWEEN_SESSIONS_MILLIS, HonestEcho.this::connect);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail("session", cause);
            ctx.close();
        }
    }
}
