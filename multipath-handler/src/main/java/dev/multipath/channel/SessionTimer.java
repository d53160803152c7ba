package dev.multipath.channel;

import dev.multipath.session.Deadline;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Calls a session's driver at the session's next deadline. Runs on the session's event loop. */
final class SessionTimer implements Runnable {

    /** A deadline further away than this is not worth the exact timer; it is looked at again then. */
    private static final long MAX_DELAY_NANOS = TimeUnit.HOURS.toNanos(1);

    /** Who waits. */
    interface Owner {
        /** The next time of {@link SessionClock#nowNanos()} to call at, or {@link Deadline#NONE}. */
        long deadlineNanos();

        /** That time has come. */
        void onTimer();
    }

    private final EventLoop eventLoop;
    private final Owner owner;

    private ScheduledFuture<?> timer;
    private long timerAtNanos;

    /** Not armed yet. */
    SessionTimer(EventLoop eventLoop, Owner owner) {
        this.eventLoop = eventLoop;
        this.owner = owner;
    }

    /** The deadline may have changed. */
    void arm() {
        arm(owner.deadlineNanos());
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
        timer = eventLoop.schedule(this, delayNanos, TimeUnit.NANOSECONDS);
    }

    /** The timer has expired. */
    @Override
    public void run() {
        timer = null;
        long deadlineNanos = owner.deadlineNanos();
        if (SessionClock.nowNanos() >= deadlineNanos) {
            owner.onTimer();
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
