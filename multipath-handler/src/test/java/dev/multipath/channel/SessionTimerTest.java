package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.Deadline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionTimerTest {

    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final long MILLI_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel =
            EmbeddedChannel.builder().ticker(ticker).build();
    private final List<Long> lateNanos = new ArrayList<>();
    private long deadlineNanos = Deadline.NONE;
    private int calls;
    private int asked;
    private final SessionTimer timer = new SessionTimer(
            channel.eventLoop(),
            ticker::nanoTime,
            (late, nowNanos) -> {
                assertThat(nowNanos).isEqualTo(ticker.nanoTime());
                lateNanos.add(late);
            },
            new SessionTimer.Owner() {
                @Override
                public long deadlineNanos() {
                    asked++;
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
        armIn(0);
        assertThat(calls).isZero();

        channel.runScheduledPendingTasks();

        assertThat(calls).isOne();
    }

    @Test
    void shouldNotCallForADeadlineThatHasMovedOn() {
        armIn(0);
        deadlineNanos = ticker.nanoTime() + HOUR_NANOS;

        long nextNanos = channel.runScheduledPendingTasks();

        assertThat(calls).isZero();
        assertThat(nextNanos).isBetween(1L, HOUR_NANOS);
        // And not before a deadline that comes earlier after all.
        armIn(0);
        channel.runScheduledPendingTasks();
        assertThat(calls).isOne();
    }

    /** Each turn says what is waited for: a timer that comes too early has to know no more. */
    @Test
    void shouldNotLookAtTheSessionWhenTheDeadlineIsKnownToHaveMovedOn() {
        armIn(2 * MILLI_NANOS);
        armIn(7 * MILLI_NANOS);
        assertThat(asked).isEqualTo(2);

        ticker.advance(2, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(asked).isEqualTo(2);
        assertThat(calls).isZero();

        ticker.advance(5, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(asked).isEqualTo(3);
        assertThat(calls).isOne();
    }

    @Test
    void shouldWaitForNothingWithoutADeadline() {
        armIn(0);
        deadlineNanos = Deadline.NONE;

        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        assertThat(calls).isZero();
    }

    /** What it waits for may have come meanwhile: a busy thread reads that first. */
    @Test
    void shouldHaveABusyThreadReadBeforeItCalls() {
        armIn(5 * MILLI_NANOS);
        ticker.advance(300, TimeUnit.MILLISECONDS);

        runOnce();
        assertThat(calls).isZero();

        // Nothing has come: the deadline is what it was.
        ticker.advance(200, TimeUnit.MILLISECONDS);
        runOnce();
        assertThat(calls).isOne();
        assertThat(lateNanos).containsExactly(295 * MILLI_NANOS, 200 * MILLI_NANOS);
    }

    @Test
    void shouldNotCallWhenWhatWasReadMovesTheDeadline() {
        armIn(5 * MILLI_NANOS);
        ticker.advance(300, TimeUnit.MILLISECONDS);
        runOnce();

        deadlineNanos = ticker.nanoTime() + HOUR_NANOS;
        runOnce();
        assertThat(calls).isZero();

        // Another time it is late, it is read anew.
        ticker.advance(2, TimeUnit.HOURS);
        runOnce();
        assertThat(calls).isZero();
        runOnce();
        assertThat(calls).isOne();
    }

    /** A thread that is busy all the time is late for what has moved on too. */
    @Test
    void shouldHaveABusyThreadReadBeforeItCallsThoughItWasLateJustBefore() {
        armIn(5 * MILLI_NANOS);
        ticker.advance(300, TimeUnit.MILLISECONDS);
        deadlineNanos = ticker.nanoTime() + 5 * MILLI_NANOS;
        runOnce();

        ticker.advance(300, TimeUnit.MILLISECONDS);
        runOnce();
        assertThat(calls).isZero();
        runOnce();
        assertThat(calls).isOne();
    }

    @Test
    void shouldCallAtOnceWhenTheThreadIsHardlyLate() {
        armIn(5 * MILLI_NANOS);
        ticker.advance(6, TimeUnit.MILLISECONDS);

        runOnce();

        assertThat(calls).isOne();
        assertThat(lateNanos).containsExactly(MILLI_NANOS);
    }

    /** As an event loop does, whose scheduled tasks are those that were due before it began with them. */
    private void runOnce() {
        int before = lateNanos.size();
        timer.cancel();
        timer.run();
        assertThat(lateNanos).hasSize(before + 1);
    }

    private void armIn(long nanos) {
        deadlineNanos = ticker.nanoTime() + nanos;
        timer.arm();
    }
}
