package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which of all that a session waits for is due first. */
class FirstDueTest {

    private final FirstDue first = new FirstDue();

    @Test
    void shouldBeNothingWithoutAny() {
        first.begin();
        first.offer(TimerName.STALE, Deadline.NONE);

        assertThat(first.atNanos()).isEqualTo(Deadline.NONE);
        assertThat(first.name()).isNull();
    }

    /** Of equals, the one that was offered first. */
    @Test
    void shouldBeTheEarliestAndBeginAnew() {
        first.begin();
        first.offer(TimerName.PACE, 30);
        first.offer(TimerName.STALE, 20);
        first.offer(TimerName.LINGER, 20);
        assertThat(first.atNanos()).isEqualTo(20);
        assertThat(first.name()).isEqualTo(TimerName.STALE);

        first.begin();
        first.offer(TimerName.LINGER, 40);
        assertThat(first.atNanos()).isEqualTo(40);
        assertThat(first.name()).isEqualTo(TimerName.LINGER);
    }
}
