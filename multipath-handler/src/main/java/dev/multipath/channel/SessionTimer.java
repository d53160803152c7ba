package dev.multipath.channel;

import dev.multipath.session.Deadline;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

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

    /** Who wants to know how busy the thread is. */
    @FunctionalInterface
    interface Watcher {
        /** The thread has come to look at a deadline, so much later than it was to. */
        void onLook(long lateNanos, long nowNanos);
    }

    /** A thread that is later than that is busy: what a deadline waits for may have come meanwhile, and lie unread. */
    private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final EventLoop eventLoop;
    private final LongSupplier clock;
    private final Watcher watcher;
    private final Owner owner;

    private ScheduledFuture<?> timer;
    private long timerAtNanos;

    /** What was waited for when that was said last. */
    private long deadlineNanos = Deadline.NONE;

    /** What had come when the thread was late is read by now. */
    private boolean hasRead;

    /**
     * Not armed yet.
     *
     * @param clock {@link SessionClock}
     */
    SessionTimer(EventLoop eventLoop, LongSupplier clock, Watcher watcher, Owner owner) {
        this.eventLoop = eventLoop;
        this.clock = clock;
        this.watcher = watcher;
        this.owner = owner;
    }

    /** The deadline may have changed. */
    void arm() {
        arm(owner.deadlineNanos());
    }

    private void arm(long newDeadlineNanos) {
        deadlineNanos = newDeadlineNanos;
        // Rearming at every acknowledgement would cost more than to look too early.
        if (deadlineNanos == Deadline.NONE || (timer != null && timerAtNanos <= deadlineNanos)) {
            return;
        }
        cancel();
        long nowNanos = clock.getAsLong();
        long delayNanos = Math.max(0, Math.min(deadlineNanos - nowNanos, MAX_DELAY_NANOS));
        timerAtNanos = nowNanos + delayNanos;
        timer = eventLoop.schedule(this, delayNanos, TimeUnit.NANOSECONDS);
    }

    /** The timer has expired. */
    @Override
    public void run() {
        timer = null;
        long nowNanos = clock.getAsLong();
        long lateNanos = nowNanos - timerAtNanos;
        watcher.onLook(lateNanos, nowNanos);
        // Mostly it has moved on, as it does with each acknowledgement. That is known from the turn in which it did: a
        // session that
        // is not in the processor's cache need not be looked at, and it is worth no turn of the session's.
        long nextNanos = nowNanos < deadlineNanos ? deadlineNanos : owner.deadlineNanos();
        if (nowNanos < nextNanos) {
            hasRead = false;
            arm(nextNanos);
        } else if (lateNanos >= BUSY_NANOS && !hasRead) {
            // What is scheduled now comes behind the loop's next look at what has come, which may move it on.
            hasRead = true;
            arm(nextNanos);
        } else {
            hasRead = false;
            owner.onTimer();
        }
    }

    void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
