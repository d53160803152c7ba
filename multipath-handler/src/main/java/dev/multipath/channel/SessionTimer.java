package dev.multipath.channel;

import dev.multipath.session.Deadline;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Calls a session's driver at the session's next deadline. Runs on the session's event loop. */
final class SessionTimer {

    /** A deadline further away than this is not worth the exact timer; it is looked at again then. */
    private static final long MAX_DELAY_NANOS = TimeUnit.HOURS.toNanos(1);

    private final EventLoop eventLoop;
    private final LongSupplier deadline;
    private final Runnable onTime;

    private ScheduledFuture<?> timer;
    private long timerAtNanos;

    /**
     * Not armed yet.
     *
     * @param deadline the next time of {@link SessionClock#nowNanos()} to call at, or {@link Deadline#NONE}
     */
    SessionTimer(EventLoop eventLoop, LongSupplier deadline, Runnable onTime) {
        this.eventLoop = eventLoop;
        this.deadline = deadline;
        this.onTime = onTime;
    }

    /** The deadline may have changed. */
    void arm() {
        arm(deadline.getAsLong());
    }

    private void arm(long deadlineNanos) {
        // Rearming at every acknowledgement would cost more than to look too early.
        if (deadlineNanos == Deadline.NONE || (timer != null && timerAtNanos <= deadlineNanos)) {
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
        long deadlineNanos = deadline.getAsLong();
        if (SessionClock.nowNanos() >= deadlineNanos) {
            onTime.run();
        } else {
            // What it was armed for has moved on, as it does with each acknowledgement: that is worth no turn of the
            // session's.
            arm(deadlineNanos);
        }
    }

    void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
