package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.RepetitionCause;
import dev.multipath.scheduler.BoundedRedundancyScheduler;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.RedundantScheduler;
import dev.multipath.scheduler.RoundRobinScheduler;
import org.junit.jupiter.api.Test;

/** Frames that a scheduler wants on several subflows, and schedulers that take turns. */
class SessionCopiesTest {

    private static ExtendedFixture redundant() {
        ExtendedFixture fixture = ExtendedFixture.server();
        fixture.session.scheduler(new RedundantScheduler());
        return fixture;
    }

    @Test
    void shouldCarryEveryFrameOnTwoSubflows() {
        try (ExtendedFixture fixture = redundant()) {
            fixture.first(40);
            fixture.join(40);
            fixture.join(200);

            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100", "1: frame 10 of 100");
            assertThat(fixture.repetitions).containsExactly(RepetitionCause.REDUNDANCY);
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    /** It carries the whole stream, in order: so it is as good as the other when that fails. */
    @Test
    void shouldBringASubflowUpToDateBeforeItGetsAnythingNew() {
        try (ExtendedFixture fixture = redundant()) {
            Subflow first = fixture.first(40);
            Subflow second = fixture.join(40);
            fixture.session.onWritabilityChanged(second, false);
            fixture.sendAndTransmit(100);
            fixture.sendAndTransmit(200);
            fixture.sendAndTransmit(300);
            fixture.receiveAck(first, 11, 1);
            fixture.send(400);
            fixture.session.onWritabilityChanged(second, true);

            assertThat(fixture.transmit())
                    .containsExactly(
                            "1: frame 11 of 200", "1: frame 12 of 300", "0: frame 13 of 400", "1: frame 13 of 400");
        }
    }

    /** All frames are copied, and round trips would never be known otherwise; the peer counts what comes on each subflow. */
    @Test
    void shouldSampleTheRoundTripOfEachCopy() {
        try (ExtendedFixture fixture = redundant()) {
            Subflow first = fixture.first(40);
            Subflow second = fixture.join(40);
            fixture.sendAndTransmit(100);
            fixture.passMillis(50);
            fixture.receiveAck(first, 11, 1);
            fixture.passMillis(40);
            fixture.receiveAck(second, 11, 1);

            assertThat(first.smoothedRttNanos()).isGreaterThan(40 * VirtualSession.MILLISECOND);
            assertThat(second.smoothedRttNanos()).isGreaterThan(first.smoothedRttNanos());
        }
    }

    @Test
    void shouldCarryOnTheOtherAloneWhenOneIsGone() {
        try (ExtendedFixture fixture = redundant()) {
            Subflow first = fixture.first(40);
            fixture.join(40);
            fixture.sendAndTransmit(100);
            fixture.fail(first);

            assertThat(fixture.transmit()).noneMatch(words -> words.contains("frame"));
            assertThat(fixture.sendAndTransmit(200)).contains("1: frame 11 of 200");
        }
    }

    /** Copies that are not needed may harm a Go peer. */
    @Test
    void shouldCopyNothingInTheBaseProfile() {
        try (SessionFixture fixture = new SessionFixture(new RedundantScheduler())) {
            fixture.subflow(40);
            fixture.subflow(40);

            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");
        }
    }

    @Test
    void shouldCopyTheFirstAndTheLastOfABurst() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(40);
            fixture.join(60);
            fixture.session.scheduler(new BoundedRedundancyScheduler(new LowestRttScheduler(), 0.5));

            assertThat(fixture.sendAndTransmit(8_000)).containsExactly("0: frame 10 of 8000", "1: frame 10 of 8000");
            fixture.transmit();
            assertThat(fixture.repetitions).containsExactly(RepetitionCause.REDUNDANCY);
        }
    }

    // ---- another scheduler

    @Test
    void shouldGoByAnotherSchedulerFromThenOn() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(40);
            fixture.join(40);
            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: frame 10 of 1");

            fixture.session.scheduler(new RoundRobinScheduler());
            assertThat(fixture.sendAndTransmit(2)).containsExactly("0: frame 11 of 2");
            assertThat(fixture.sendAndTransmit(3)).containsExactly("1: frame 12 of 3");

            // What is on its way gets its copies too.
            fixture.session.scheduler(new RedundantScheduler());
            assertThat(fixture.transmit()).containsExactly("0: frame 12 of 3", "1: frame 10 of 1", "1: frame 11 of 2");
            fixture.session.scheduler(new LowestRttScheduler());
            assertThat(fixture.sendAndTransmit(4)).containsExactly("0: frame 13 of 4");
        }
    }
}
