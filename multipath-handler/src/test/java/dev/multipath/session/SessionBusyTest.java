package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import org.junit.jupiter.api.Test;

/** Neither a busy thread of this end, nor one of the peer's if that can be known, makes a dead path of one that is alive. */
class SessionBusyTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;

    private static TransportStats unacknowledged(long bytes) {
        long unknown = TransportStats.UNKNOWN;
        return new TransportStats(MILLISECOND, 14_600, unknown, unknown, bytes, 0, 0, MptcpStats.NONE);
    }

    private static void timeout(VirtualSession fixture) {
        fixture.session.onTimeout(fixture.nowNanos());
    }

    /** Milliseconds until the first event, if the transport, when asked, says that so much has not arrived. */
    private static long staleAfter(long unacknowledgedBytes) {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            long sentAtNanos = fixture.nowNanos();
            fixture.sendAndTransmit(100);
            while (subflow.state() == SubflowState.ACTIVE) {
                fixture.passTo(fixture.session.nextDeadlineNanos());
                if (subflow.isDoubtful(fixture.nowNanos())) {
                    subflow.onTransport(unacknowledged(unacknowledgedBytes), fixture.nowNanos());
                }
                timeout(fixture);
            }
            assertThat(fixture.events()).containsExactly("0: STALE");
            return (fixture.nowNanos() - sentAtNanos) / MILLISECOND;
        }
    }

    @Test
    void shouldWaitLongerForAPeerWhoseHostHasAll() {
        assertThat(staleAfter(100)).as("a blackhole").isEqualTo(200);
        assertThat(staleAfter(TransportStats.UNKNOWN)).isEqualTo(200);
        // But not for ever: it may be a proxy's, and what is behind that dead.
        assertThat(staleAfter(0)).isEqualTo(1_000);
    }

    /** Behind the last word of its transport it has a time-out again, no more. */
    @Test
    void shouldFindAPathDeadThatDiesWhileItsPeerIsSlow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.sendAndTransmit(100);
            fixture.passMillis(200);
            assertThat(subflow.isDoubtful(fixture.nowNanos())).isTrue();
            subflow.onTransport(unacknowledged(0), fixture.nowNanos());
            assertThat(subflow.isDoubtful(fixture.nowNanos())).isFalse();
            timeout(fixture);
            fixture.sendAndTransmit(100);

            fixture.passMillis(199);
            timeout(fixture);
            assertThat(fixture.events()).isEmpty();
            fixture.passMillis(1);
            subflow.onTransport(unacknowledged(100), fixture.nowNanos());
            timeout(fixture);

            assertThat(fixture.events()).containsExactly("0: STALE");
        }
    }

    /** A proxy's host has all, and what is behind it is dead. */
    @Test
    void shouldFindAPathDeadBehindAProxyAsSoonAsAnotherIsAnswered() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow dead = fixture.first(10);
            Subflow other = fixture.join(20);
            fixture.events();
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");
            fixture.passMillis(100);
            timeout(fixture);
            assertThat(fixture.transmit()).contains("1: frame 10 of 100");
            fixture.passMillis(20);
            fixture.receiveAck(other, 11, 1);
            fixture.passMillis(80);
            dead.onTransport(unacknowledged(0), fixture.nowNanos());
            timeout(fixture);

            assertThat(fixture.events()).containsExactly("0: STALE");
        }
    }

    /** It was slow, but there was no outage: so long its answers may take. */
    @Test
    void shouldLearnHowSlowThePeerIs() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.sendAndTransmit(100);
            fixture.passMillis(200);
            subflow.onTransport(unacknowledged(0), fixture.nowNanos());
            timeout(fixture);
            fixture.passMillis(150);
            fixture.receiveAck(subflow, 11, 1);
            assertThat(fixture.events()).isEmpty();
            assertThat(subflow.smoothedRttNanos()).isGreaterThan(50 * MILLISECOND);

            fixture.sendAndTransmit(100);
            fixture.passMillis(350);
            assertThat(subflow.isDoubtful(fixture.nowNanos())).isFalse();
        }
    }

    /** What the peer has said may lie unread for as long. */
    @Test
    void shouldWaitAsMuchLongerAsItLooksLate() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.sendAndTransmit(100);
            fixture.passMillis(320);
            fixture.session.onLook(120 * MILLISECOND, fixture.nowNanos());
            assertThat(fixture.session.nextDeadlineNanos()).isEqualTo(fixture.nowNanos());
            fixture.session.onLook(121 * MILLISECOND, fixture.nowNanos());
            timeout(fixture);
            assertThat(fixture.events()).isEmpty();

            fixture.passMillis(1);
            timeout(fixture);
            assertThat(fixture.events()).containsExactly("0: STALE");
            assertThat(subflow.state()).isEqualTo(SubflowState.STALE);
        }
    }
}
