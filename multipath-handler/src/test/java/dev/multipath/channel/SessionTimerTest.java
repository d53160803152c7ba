package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.Deadline;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionTimerTest {

    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private long deadlineNanos = Deadline.NONE;
    private int calls;
    private final SessionTimer timer = new SessionTimer(channel.eventLoop(), new SessionTimer.Owner() {
        @Override
        public long deadlineNanos() {
            return deadlineNanos;
        }

        @Override
        public void onTimer() {
            calls++;
        }
    });

    @AfterEach
    void end() {
        timer.cancel();
        channel.finishAndReleaseAll();
    }

    @Test
    void shouldCallAtTheDeadline() {
        armAt(SessionClock.nowNanos());
        assertThat(calls).isZero();

        channel.runScheduledPendingTasks();

        assertThat(calls).isOne();
    }

    @Test
    void shouldNotCallForADeadlineThatHasMovedOn() {
        armAt(SessionClock.nowNanos());
        deadlineNanos = SessionClock.nowNanos() + HOUR_NANOS;

        long nextNanos = channel.runScheduledPendingTasks();

        assertThat(calls).isZero();
        assertThat(nextNanos).isBetween(1L, HOUR_NANOS);
        // And not before a deadline that comes earlier after all.
        armAt(SessionClock.nowNanos());
        channel.runScheduledPendingTasks();
        assertThat(calls).isOne();
    }

    @Test
    void shouldWaitForNothingWithoutADeadline() {
        armAt(SessionClock.nowNanos());
        deadlineNanos = Deadline.NONE;

        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        assertThat(calls).isZero();
    }

    private void armAt(long newDeadlineNanos) {
        deadlineNanos = newDeadlineNanos;
        timer.arm();
    }
}
