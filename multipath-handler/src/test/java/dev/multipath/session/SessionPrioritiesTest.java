package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.SubflowView;
import dev.multipath.scheduler.Urgency;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a scheduler learns of urgency and deadlines, and when it is asked again. */
class SessionPrioritiesTest {

    /** Takes the first subflow, and notes what it was offered; waits as long as it is told to. */
    private static final class Recording implements Scheduler {
        final List<String> offers = new ArrayList<>();
        long waitsUntilNanos;

        @Override
        public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
            String due = offer.deadlineNanos() == Deadline.NONE
                    ? ""
                    : ", " + offer.dueBytes() + " by " + offer.deadlineNanos() / VirtualSession.MILLISECOND;
            offers.add(offer.queuedBytes() + " " + offer.urgency() + due);
            return nowNanos < waitsUntilNanos ? WAIT : 0;
        }

        @Override
        public long askAgainAtNanos() {
            return waitsUntilNanos;
        }
    }

    private final Recording scheduler = new Recording();

    @Test
    void shouldKeepWhatIsUrgentInFramesOfItsOwn() {
        try (SessionFixture fixture = new SessionFixture(scheduler)) {
            fixture.subflow(40);
            fixture.send(100);
            fixture.session.send(VirtualSession.buffer(20), Urgency.URGENT, Deadline.NONE);
            fixture.session.send(VirtualSession.buffer(30), Urgency.URGENT, Deadline.NONE);
            fixture.send(400);

            assertThat(fixture.transmit())
                    .containsExactly("0: frame 10 of 100", "0: frame 11 of 50", "0: frame 12 of 400");
            assertThat(scheduler.offers).containsExactly("550 NORMAL", "450 URGENT", "400 NORMAL");
        }
    }

    @Test
    void shouldTellHowMuchIsDueWhen() {
        try (SessionFixture fixture = new SessionFixture(scheduler)) {
            fixture.subflow(40);
            fixture.send(100);
            fixture.session.send(VirtualSession.buffer(20), Urgency.NORMAL, 9_000 * VirtualSession.MILLISECOND);
            fixture.send(400);
            fixture.transmit();

            // All that is before it is due as well.
            assertThat(scheduler.offers)
                    .containsExactly("520 NORMAL, 120 by 9000", "420 NORMAL, 20 by 9000", "400 NORMAL");
        }
    }

    @Test
    void shouldSayNothingOfAnEmptyWrite() {
        try (SessionFixture fixture = new SessionFixture(scheduler)) {
            fixture.subflow(40);
            fixture.session.send(VirtualSession.buffer(0), Urgency.URGENT, Deadline.NONE);

            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");
            assertThat(scheduler.offers).containsExactly("100 NORMAL");
        }
    }

    @Test
    void shouldAskAgainWhenTheSchedulerSaysSo() {
        try (SessionFixture fixture = new SessionFixture(scheduler)) {
            fixture.subflow(40);
            scheduler.waitsUntilNanos = fixture.nowNanos() + 30 * VirtualSession.MILLISECOND;

            assertThat(fixture.sendAndTransmit(100)).isEmpty();
            assertThat(fixture.passToDeadline()).isEqualTo(30);
            assertThat(fixture.transmit()).containsExactly("0: frame 10 of 100");
        }
    }
}
