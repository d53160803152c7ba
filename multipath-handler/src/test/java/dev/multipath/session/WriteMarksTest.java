package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.Urgency;
import org.junit.jupiter.api.Test;

/** What the application has said of bytes that wait, by their positions. */
class WriteMarksTest {

    private final WriteMarks marks = new WriteMarks();

    @Test
    void shouldTakeWhatNothingWasSaidOfForNormal() {
        assertThat(marks.urgency(0)).isEqualTo(Urgency.NORMAL);
        assertThat(marks.kindEndsAtBytes(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(marks.dueBytes(0)).isZero();
        assertThat(marks.deadlineNanos()).isEqualTo(Deadline.NONE);
    }

    @Test
    void shouldKnowWhereAKindBeginsAndEnds() {
        marks.add(100, 50, Urgency.URGENT, Deadline.NONE);

        assertThat(marks.urgency(99)).isEqualTo(Urgency.NORMAL);
        assertThat(marks.kindEndsAtBytes(99)).isEqualTo(100);
        assertThat(marks.urgency(100)).isEqualTo(Urgency.URGENT);
        assertThat(marks.kindEndsAtBytes(100)).isEqualTo(150);
        assertThat(marks.urgency(149)).isEqualTo(Urgency.URGENT);
        assertThat(marks.kindEndsAtBytes(149)).isEqualTo(150);
        assertThat(marks.urgency(150)).isEqualTo(Urgency.NORMAL);
        assertThat(marks.kindEndsAtBytes(150)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldTakeNeighboursOfOneKindForOne() {
        marks.add(0, 10, Urgency.URGENT, 7);
        marks.add(10, 10, Urgency.URGENT, 7);

        assertThat(marks.urgency(0)).isEqualTo(Urgency.URGENT);
        assertThat(marks.kindEndsAtBytes(0)).isEqualTo(20);
        assertThat(marks.dueBytes(0)).isEqualTo(20);
    }

    @Test
    void shouldTellKindsApartThatDifferInAnything() {
        marks.add(0, 10, Urgency.URGENT, 7);
        marks.add(10, 10, Urgency.URGENT, 8);
        marks.add(20, 10, Urgency.NORMAL, 8);
        marks.add(40, 10, Urgency.NORMAL, 8);

        for (int end = 10; end <= 30; end += 10) {
            marks.urgency(end - 10);
            assertThat(marks.kindEndsAtBytes(end - 10)).isEqualTo(end);
        }
        marks.urgency(30);
        assertThat(marks.kindEndsAtBytes(30)).as("a gap").isEqualTo(40);
        marks.urgency(40);
        assertThat(marks.kindEndsAtBytes(40)).isEqualTo(50);
    }

    /** All that is before it is due by then as well; what has no deadline is not asked. */
    @Test
    void shouldKnowTheFirstDeadline() {
        marks.add(0, 10, Urgency.URGENT, Deadline.NONE);
        marks.add(10, 10, Urgency.NORMAL, 9);
        marks.add(20, 10, Urgency.NORMAL, 5);

        assertThat(marks.deadlineNanos()).isEqualTo(9);
        assertThat(marks.dueBytes(0)).isEqualTo(20);
        assertThat(marks.dueBytes(15)).isEqualTo(5);
        marks.urgency(20);
        assertThat(marks.deadlineNanos()).isEqualTo(5);
        assertThat(marks.dueBytes(20)).isEqualTo(10);
    }

    @Test
    void shouldKeepNothingOfWhatIsUsual() {
        marks.add(0, 10, Urgency.NORMAL, Deadline.NONE);
        marks.add(10, 0, Urgency.URGENT, 5);

        assertThat(marks.kindEndsAtBytes(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(marks.deadlineNanos()).isEqualTo(Deadline.NONE);
    }
}
