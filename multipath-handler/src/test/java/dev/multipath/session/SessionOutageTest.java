package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.metrics.StatsTracker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer that comes after an outage, or after a gap in our own time, tells neither a round trip nor a rate. */
class SessionOutageTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long RTT_NANOS = 20 * MILLISECOND;

    /** Whether the timer is looked at meanwhile: not if the process was stopped. */
    private static void outage(VirtualSession fixture, boolean looking) {
        long untilNanos = fixture.nowNanos() + 4_142 * MILLISECOND;
        while (looking && fixture.session.nextDeadlineNanos() < untilNanos) {
            fixture.passToDeadline();
            fixture.transmit();
        }
        fixture.passTo(untilNanos);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotTakeAPongAfterAnOutageForARoundTrip(boolean looking) {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(20);
            ping(fixture, subflow);
            outage(fixture, looking);

            fixture.receive(subflow, ControlFrame.PONG);

            assertThat(subflow.smoothedRttNanos()).isEqualTo(RTT_NANOS);
            ping(fixture, subflow);
            fixture.passMillis(28);
            fixture.receive(subflow, ControlFrame.PONG);
            assertThat(subflow.smoothedRttNanos()).isEqualTo(RTT_NANOS + MILLISECOND);
        }
    }

    /** The connection was made, and then the network was gone for a while. */
    @Test
    void shouldNotTakeAnAnswerToThePrefaceAfterAnOutageForARoundTrip() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.session.addSubflow(
                    StatsTracker.NONE, 4_142 * MILLISECOND, JoinOffer.BASE, fixture.nowNanos());
            assertThat(subflow.smoothedRttNanos()).isEqualTo(Long.MAX_VALUE);

            fixture.transmit();
            fixture.passMillis(20);
            fixture.receive(subflow, ControlFrame.PONG);

            assertThat(subflow.smoothedRttNanos()).isEqualTo(RTT_NANOS);
        }
    }

    private static void ping(VirtualSession fixture, Subflow subflow) {
        ((SubflowControl) subflow).pings().request();
        assertThat(fixture.transmit()).contains(subflow.id() + ": ping");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotTakeAnAcknowledgementAfterAnOutageForARoundTripOrARate(boolean looking) {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(20);
            for (int frame = 10; frame < 12; frame++) {
                fixture.sendAndTransmit(1_000);
                fixture.passMillis(20);
                fixture.receiveAck(subflow, frame);
            }
            long limitBytes = subflow.inFlightLimitBytes();
            // Not limited by the application, so that it would count.
            fixture.send(2_000_000);
            fixture.transmit();
            outage(fixture, looking);

            fixture.receiveAck(subflow, 12);

            assertThat(subflow.smoothedRttNanos()).isEqualTo(RTT_NANOS);
            assertThat(subflow.inFlightLimitBytes()).isEqualTo(limitBytes);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotTakeThemForThatInTheExtendedProfileEither(boolean looking) {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow subflow = fixture.first(20);
            fixture.sendAndTransmit(100);
            fixture.passMillis(20);
            fixture.receiveAck(subflow, 11, 1);
            assertThat(subflow.smoothedRttNanos()).isEqualTo(RTT_NANOS);
            long limitBytes = subflow.inFlightLimitBytes();
            fixture.sendAndTransmit(100);
            ping(fixture, subflow);
            outage(fixture, looking);

            fixture.receiveAck(subflow, 12, 2);
            fixture.receive(subflow, ControlFrame.PONG);

            assertThat(subflow.smoothedRttNanos()).isEqualTo(RTT_NANOS);
            assertThat(subflow.inFlightLimitBytes()).isEqualTo(limitBytes);
        }
    }

    /** Or a path whose delay has grown would be called stale with every frame, for ever. */
    @Test
    void shouldLearnThatAPathHasBecomeSlow() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(20);
            for (int frame = 10; frame < 30; frame++) {
                fixture.sendAndTransmit(100);
                long answeredAtNanos = fixture.nowNanos() + 1_500 * MILLISECOND;
                while (fixture.session.nextDeadlineNanos() < answeredAtNanos) {
                    fixture.passToDeadline();
                    fixture.transmit();
                }
                fixture.passTo(answeredAtNanos);
                fixture.receiveAck(subflow, frame);
            }

            assertThat(subflow.smoothedRttNanos()).isGreaterThan(1_000 * MILLISECOND);
            fixture.events();
            fixture.sendAndTransmit(100);
            fixture.passMillis(1_500);
            fixture.session.onTimeout(fixture.nowNanos());
            assertThat(fixture.events()).isEmpty();
        }
    }

    /** A queue that grows on the way is no outage as long as answers come. */
    @Test
    void shouldGoOnMeasuringAQueueThatGrows() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(20);
            fixture.send(6_000);
            for (int i = 0; i < 6; i++) {
                fixture.send(1_000);
            }
            fixture.transmit();
            int frames = (int) (subflow.inFlightBytes() / 1_000);
            assertThat(frames).isGreaterThanOrEqualTo(5);
            long sentFrames = ((SubflowControl) subflow).flight().sentFrames();
            for (int frame = 10; frame < 10 + sentFrames; frame++) {
                fixture.passMillis(150);
                fixture.receiveAck(subflow, frame);
            }

            assertThat(subflow.smoothedRttNanos()).isGreaterThan(RTT_NANOS + 10 * MILLISECOND);
        }
    }
}
