package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is sent again, when, and where. */
class SessionRecoveryTest {

    private final SessionFixture fixture = new SessionFixture();

    // ---- loss at the receiver

    @Test
    void shouldRepeatWhatTheReceiverDroppedWhenItAcknowledgesALaterFrameOfTheSameSubflow() {
        Subflow subflow = fixture.subflow(10);
        sendFrames(3);

        fixture.receiveAck(subflow, 12);

        assertThat(fixture.transmit()).containsExactly("0: frame 10 of 1", "0: frame 11 of 1");
        assertThat(subflow.inFlightBytes()).isEqualTo(2);
    }

    @Test
    void shouldNotTakeAFrameForDroppedWhenAnotherSubflowAcknowledgesALaterOne() {
        fixture.subflow(10);
        Subflow second = fixture.subflow(20);
        sendFrames(1);
        fixture.session.onWritabilityChanged(fixture.session.subflows().get(0), false);
        assertThat(fixture.sendAndTransmit(1)).containsExactly("1: frame 11 of 1");

        fixture.receiveAck(second, 11);

        assertThat(fixture.transmit()).isEmpty();
    }

    @Test
    void shouldRepeatTheLastFrameWhenTheSubflowAnswersAPingButDoesNotAcknowledge() {
        Subflow subflow = fixture.subflow(10);
        sendFrames(1);
        assertThat(fixture.passToDeadline()).isEqualTo(200);
        assertThat(fixture.transmit()).containsExactly("0: ping");
        assertThat(fixture.events()).containsExactly("0: STALE");

        fixture.passMillis(10);
        fixture.receive(subflow, ControlFrame.PONG);

        assertThat(fixture.events()).containsExactly("0: RECOVERED");
        assertThat(fixture.transmit()).containsExactly("0: frame 10 of 1");
        assertThat(subflow.inFlightBytes()).isEqualTo(1);
    }

    /** The Go peer answers a ping ahead of the frame that it is just putting in order. */
    @Test
    void shouldNotRepeatAFrameThatIsNotOverdueWhenALaterPingIsAnswered() {
        Subflow subflow = fixture.subflow(10);
        sendFrames(1);
        fixture.passMillis(20);
        // A newcomer makes it ask who was silent.
        fixture.freshSubflow();
        assertThat(fixture.transmit()).containsExactly("0: ping", "1: ping");
        fixture.passMillis(10);
        fixture.receive(subflow, ControlFrame.PONG);
        assertThat(fixture.transmit()).isEmpty();

        fixture.receiveAck(subflow, 10);
        assertThat(subflow.inFlightBytes()).isZero();
    }

    @Test
    void shouldNotRepeatWhatWasSentAfterThePing() {
        Subflow first = fixture.subflow(10);
        fixture.subflow(20);
        sendFrames(1);
        fixture.passToDeadline();
        assertThat(fixture.transmit()).containsExactly("0: ping", "1: frame 10 of 1");
        fixture.receiveAck(first, 10);
        // The ping is still on the way; this frame is behind it.
        assertThat(fixture.sendAndTransmit(1)).hasSize(1);
        fixture.passMillis(5);

        fixture.receive(first, ControlFrame.PONG);

        assertThat(fixture.transmit()).isEmpty();
    }

    // ---- staleness

    @Test
    void shouldRepeatOnAnotherSubflowWhenOneGoesStale() {
        Subflow first = fixture.subflow(10);
        fixture.subflow(50);
        sendFrames(2);
        assertThat(fixture.events()).isEmpty();

        assertThat(fixture.passToDeadline()).isEqualTo(200);

        assertThat(fixture.transmit()).containsExactly("0: ping", "1: frame 10 of 1", "1: frame 11 of 1");
        assertThat(fixture.events()).containsExactly("0: STALE");
        assertThat(first.state()).isEqualTo(SubflowState.STALE);
        assertThat(fixture.sendAndTransmit(1)).containsExactly("1: frame 12 of 1");
    }

    @Test
    void shouldUseASubflowAgainWhenItAcknowledges() {
        Subflow first = fixture.subflow(10);
        Subflow second = fixture.subflow(50);
        sendFrames(2);
        fixture.passToDeadline();
        fixture.transmit();
        fixture.receiveAck(second, 10, 11);
        assertThat(first.inFlightBytes()).isEqualTo(2);
        fixture.events();

        fixture.passMillis(3000);
        fixture.receiveAck(first, 10);

        assertThat(fixture.events()).containsExactly("0: RECOVERED");
        assertThat(first.state()).isEqualTo(SubflowState.ACTIVE);
        fixture.receiveAck(first, 11);
        assertThat(first.inFlightBytes()).isZero();
        assertThat(second.inFlightBytes()).isZero();
        assertThat(fixture.transmit()).isEmpty();
    }

    @Test
    void shouldNotRepeatWhatHasNotLeftYetWhenTheStaleSubflowRecovers() {
        Subflow first = fixture.subflow(10);
        Subflow second = fixture.subflow(50);
        sendFrames(3);
        fixture.session.onWritabilityChanged(second, false);
        fixture.passToDeadline();
        assertThat(fixture.transmit()).containsExactly("0: ping");

        fixture.receiveAck(first, 10);
        fixture.session.onWritabilityChanged(second, true);

        assertThat(fixture.transmit()).isEmpty();
    }

    @Test
    void shouldNotCallASubflowStaleWhileItAcknowledges() {
        Subflow subflow = fixture.subflow(10);
        sendFrames(10);
        for (int frame = 10; frame < 20; frame++) {
            fixture.passMillis(150);
            fixture.session.onTimeout(fixture.nowNanos());
            fixture.receiveAck(subflow, frame);
        }

        assertThat(fixture.events()).isEmpty();
    }

    @Test
    void shouldNotCountIdleTimeWhenASubflowIsUsedAgain() {
        fixture.subflow(10);
        fixture.passMillis(3000);
        sendFrames(1);

        fixture.passMillis(199);
        fixture.session.onTimeout(fixture.nowNanos());
        assertThat(fixture.events()).isEmpty();
        assertThat(fixture.passToDeadline()).isEqualTo(1);
        assertThat(fixture.events()).containsExactly("0: STALE");
    }

    /** A slow frame says nothing about the round trip: which copy was acknowledged? (Karn's rule) */
    @Test
    void shouldNotMeasureTheRoundTripOfAFrameThatWasSentTwice() {
        Subflow first = fixture.subflow(10);
        Subflow second = fixture.subflow(50);
        sendFrames(1);
        fixture.passToDeadline();
        fixture.transmit();
        long firstRttNanos = first.smoothedRttNanos();
        long secondRttNanos = second.smoothedRttNanos();
        fixture.passMillis(700);

        fixture.receiveAck(second, 10);
        fixture.receiveAck(first, 10);

        assertThat(first.smoothedRttNanos()).isEqualTo(firstRttNanos);
        assertThat(second.smoothedRttNanos()).isEqualTo(secondRttNanos);
    }

    @Test
    void shouldMeasureTheRoundTripOfAFrameThatWasSentOnce() {
        Subflow subflow = fixture.subflow(80);
        sendFrames(1);
        fixture.passMillis(160);
        fixture.receiveAck(subflow, 10);

        assertThat(subflow.smoothedRttNanos()).isEqualTo(90 * SessionFixture.MILLISECOND);
    }

    // ---- failure

    @Test
    void shouldRepeatAtOnceWhenASubflowFails() {
        Subflow first = fixture.subflow(10);
        Subflow second = fixture.subflow(50);
        sendFrames(2);
        fixture.receiveAck(first, 10);
        Throwable cause = new IllegalStateException("reset");

        fixture.session.onSubflowFailed(first, cause, fixture.nowNanos());

        // And asks whether the peer goes on: if it does not, its end is none of the stream.
        assertThat(fixture.transmit()).containsExactly("1: ping", "1: frame 11 of 1");
        assertThat(fixture.session.subflows()).containsExactly(second);
        assertThat(first.inFlightBytes()).isZero();
        SessionEvent event = fixture.session.pollEvent();
        assertThat(event).isEqualTo(new SessionEvent.OfSubflow(SessionEvent.OfSubflow.Kind.REMOVED, first, cause));
        fixture.session.onSubflowFailed(first, cause, fixture.nowNanos());
        assertThat(fixture.session.pollEvent()).isNull();
    }

    @Test
    void shouldNotRepeatWhatAnotherSubflowCarriesAnyway() {
        Subflow first = fixture.subflow(10);
        fixture.subflow(50);
        sendFrames(1);
        fixture.passToDeadline();
        assertThat(fixture.transmit()).contains("1: frame 10 of 1");

        fixture.session.onSubflowFailed(first, null, fixture.nowNanos());

        assertThat(fixture.transmit()).isEmpty();
    }

    @Test
    void shouldGoOnWhenANewSubflowJoinsAfterAllHaveFailed() {
        Subflow first = fixture.subflow(10);
        sendFrames(2);
        fixture.send(5);
        fixture.session.onSubflowFailed(first, null, fixture.nowNanos());
        assertThat(fixture.transmit()).isEmpty();
        fixture.passMillis(30_000);
        fixture.session.onTimeout(fixture.nowNanos());

        fixture.freshSubflow();

        assertThat(fixture.transmit())
                .containsExactly("1: ping", "1: frame 10 of 1", "1: frame 11 of 1", "1: frame 12 of 5");
    }

    // ---- while nothing delivers

    @Test
    void shouldRepeatOnlyTheLowestFrameEverMoreSlowlyWhenAllSubflowsAreStale() {
        fixture.subflow(10);
        sendFrames(2);
        fixture.passToDeadline();
        assertThat(fixture.transmit()).containsExactly("0: ping");

        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pauses.add(fixture.passToDeadline());
            assertThat(fixture.transmit()).containsExactly("0: frame 10 of 1");
        }

        assertThat(pauses).containsExactly(200L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
    }

    @Test
    void shouldWaitForNoOtherCopyOnTheSubflowThatAcknowledgesOne() {
        Subflow subflow = fixture.subflow(10);
        sendFrames(2);
        fixture.passToDeadline();
        fixture.transmit();
        fixture.passToDeadline();
        assertThat(fixture.transmit()).containsExactly("0: frame 10 of 1");
        assertThat(subflow.inFlightBytes()).isEqualTo(3);

        fixture.receiveAck(subflow, 10);

        assertThat(subflow.inFlightBytes()).isEqualTo(1);
    }

    @Test
    void shouldRepeatNothingWhenAllSubflowsAreStaleAndFull() {
        Subflow subflow = fixture.subflow(10);
        sendFrames(2);
        fixture.passToDeadline();
        fixture.transmit();
        fixture.session.onWritabilityChanged(subflow, false);

        for (int i = 0; i < 5; i++) {
            fixture.passToDeadline();
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Test
    void shouldStartFromTheShortestPauseWhenSomethingWasAcknowledgedInBetween() {
        Subflow subflow = fixture.subflow(10);
        sendFrames(2);
        fixture.passToDeadline();
        for (int i = 0; i < 4; i++) {
            fixture.transmit();
            fixture.passToDeadline();
        }
        fixture.transmit();
        fixture.receiveAck(subflow, 10);
        assertThat(fixture.events()).contains("0: RECOVERED");

        assertThat(fixture.passToDeadline()).as("stale again").isEqualTo(200);
        fixture.transmit();
        assertThat(fixture.passToDeadline()).isEqualTo(200);
        assertThat(fixture.transmit()).containsExactly("0: frame 11 of 1");
    }

    @Test
    void shouldUseASubflowThatJoinsWhileTheOthersAreStale() {
        fixture.subflow(10);
        sendFrames(2);
        fixture.passToDeadline();
        fixture.transmit();

        fixture.freshSubflow();

        assertThat(fixture.transmit()).containsExactly("1: ping", "1: frame 10 of 1", "1: frame 11 of 1");
    }

    // ---- copies that nobody waits for

    /** Their acknowledgements come as soon as the subflow moves again; until then they are on the way. */
    @Test
    void shouldCountACopyAsInFlightUntilItsOwnSubflowAcknowledgesIt() {
        Subflow first = fixture.subflow(10);
        Subflow second = fixture.subflow(50);
        sendFrames(1);
        fixture.passToDeadline();
        fixture.transmit();
        fixture.receiveAck(second, 10);
        assertThat(fixture.session.unacknowledgedBytes()).isZero();
        assertThat(first.inFlightBytes()).isEqualTo(1);

        fixture.receiveAck(first, 10);

        assertThat(first.inFlightBytes()).isZero();
    }

    @Test
    void shouldForgetACopyWhenItsFramesPlaceInTheWindowIsTaken() {
        Subflow first = fixture.subflow(10);
        Subflow second = fixture.subflow(50);
        sendFrames(1);
        fixture.passToDeadline();
        fixture.transmit();
        fixture.receiveAck(second, 10);
        for (long frame = 11; frame < 11 + WindowLimits.MAX_FRAMES; frame++) {
            fixture.sendAndTransmit(1);
            fixture.receiveAck(second, frame);
        }
        assertThat(first.inFlightBytes()).isZero();

        fixture.receiveAck(first, 10);
        assertThat(first.state()).as("which copy that was is not known").isEqualTo(SubflowState.STALE);
        fixture.receive(first, ControlFrame.PONG);
        assertThat(first.state()).isEqualTo(SubflowState.ACTIVE);
        assertThat(first.inFlightBytes()).isZero();
    }

    // ---- probes

    private void sendFrames(int count) {
        for (int i = 0; i < count; i++) {
            fixture.sendAndTransmit(1);
        }
    }

    @AfterEach
    void release() {
        fixture.close();
    }

    /** The other is stale already, and what it waited for had come. */
    @Test
    void shouldTryAStaleSubflowWhenTheLastThatDeliversFails() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            Subflow second = fixture.subflow(20);
            fixture.passMillis(100);
            fixture.session.askSilentSubflows(fixture.nowNanos());
            fixture.transmit();
            fixture.receive(first, ControlFrame.PONG);
            fixture.passMillis(5_000);
            fixture.receive(first, ControlFrame.PING);
            fixture.session.onTimeout(fixture.nowNanos());
            fixture.transmit();
            assertThat(second.state()).isEqualTo(SubflowState.STALE);
            assertThat(first.state()).isEqualTo(SubflowState.ACTIVE);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");
            fixture.receiveAck(first, 10);
            assertThat(fixture.sendAndTransmit(50)).containsExactly("0: frame 11 of 50");

            fixture.session.onSubflowFailed(first, null, fixture.nowNanos());

            assertThat(fixture.transmit()).noneMatch(words -> words.contains("frame"));
            assertThat(fixture.passToDeadline()).isEqualTo(200);
            assertThat(fixture.transmit()).containsExactly("1: frame 11 of 50");
        }
    }
}
