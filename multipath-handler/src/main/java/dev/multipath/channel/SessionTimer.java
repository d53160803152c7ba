package dev.multipath.channel;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Calls a session's driver at the session's next deadline. Runs on the session's event loop. */
final class SessionTimer {

    /** A deadline further away than this is not worth the exact timer; it is looked at again then. */
    private static final long MAX_DELAY_NANOS = TimeUnit.HOURS.toNanos(1);

    private final EventLoop eventLoop;
    private final Runnable onTime;

    private ScheduledFuture<?> timer;
    private long timerAtNanos;

    SessionTimer(EventLoop eventLoop, Runnable onTime) {
        this.eventLoop = eventLoop;
        this.onTime = onTime;
    }

    /** Calls at that time of {@link SessionClock#nowNanos()}, or earlier: who is called looks again. */
    void arm(long deadlineNanos) {
        // Rearming at every acknowledgement would cost more than to be called too early.
        if (timer != null && timerAtNanos <= deadlineNanos) {
            return;
        }
        cancel();
        long nowNanos = SessionClock.nowNanos();
        long delayNanos = Math.max(0, Math.min(deadlineNanos - nowNanos, MAX_DELAY_NANOS));
        timerAtNanos = nowNanos + delayNanos;
        timer = eventLoop.schedule(this::expire, delayNanos, TimeUnit.NANOSECONDS);
    }

    private void expire() {
        timer = null;
        onTime.run();
    }

    void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
