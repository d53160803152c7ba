package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.TransportStats;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that others wait for, on another subflow too. */
class SessionOvertakingTest {

    /** There is nothing more to send, and the near subflow has become free. */
    @Test
    void shouldCopyTheTailToASubflowThatBringsItEarlier() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow far = fixture.first(300);
            Subflow near = fixture.join(10);
            fixture.session.onWritabilityChanged(near, false);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");

            fixture.session.onWritabilityChanged(near, true);

            assertThat(fixture.transmit()).containsExactly("1: frame 10 of 100");
            assertThat(fixture.repetitions).containsExactly(RepetitionCause.TAIL);
            assertThat(fixture.transmit()).isEmpty();
            assertThat(far.inFlightBytes()).isEqualTo(100);
        }
    }

    @Test
    void shouldNotCopyWhatComesAboutAsEarlyAnyhow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(22);
            Subflow near = fixture.join(20);
            fixture.session.onWritabilityChanged(near, false);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");

            fixture.session.onWritabilityChanged(near, true);

            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Test
    void shouldCopyWhatTheWindowWaitsForWhenThereIsNoCredit() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(300, fixture.helloOfPeer(64 << 10));
            Subflow near = fixture.join(10);
            fixture.session.onWritabilityChanged(near, false);
            assertThat(fixture.sendAndTransmit(100_000)).hasSize(8);

            fixture.session.onWritabilityChanged(near, true);

            assertThat(fixture.transmit()).first().isEqualTo("1: frame 10 of 8192");
            assertThat(fixture.repetitions).containsOnly(RepetitionCause.HEAD_OF_LINE);
        }
    }

    /** An overdue acknowledgement: a copy elsewhere, a ping, and no new data, long before the subflow is called stale. */
    @Test
    void shouldCopyWhatIsOverdueAndAskItsSubflow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(40);
            fixture.join(60);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");

            fixture.passMillis(150);
            fixture.session.onTimeout(fixture.nowNanos());

            assertThat(fixture.transmit()).contains("0: ping", "1: frame 10 of 100");
            assertThat(near.state()).isEqualTo(SubflowState.ACTIVE);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("1: frame 11 of 100");

            fixture.receiveAck(near, 11, 1);
            assertThat(fixture.sendAndTransmit(100)).contains("0: frame 12 of 100");
        }
    }

    /** The copy may have gone to a subflow that is in trouble as well. */
    @Test
    void shouldCopyToAThirdWhatIsOverdueOnTwo() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(40);
            fixture.join(60);
            fixture.join(100);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");
            assertThat(fixture.run(130)).contains("1: frame 10 of 100");

            assertThat(fixture.run(180)).doesNotContain("2: frame 10 of 100");
            assertThat(fixture.run(10)).contains("2: frame 10 of 100");

            assertThat(fixture.run(5_000)).as("all have one").noneMatch(words -> words.endsWith("frame 10 of 100"));
        }
    }

    /** The far subflow's TCP has lost a packet: what it has got behind that comes half a round trip later, and a copy at once. */
    @Test
    void shouldCopyWhatThePeersHostKeepsBackToASubflowThatBringsItEarlier() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow far = fixture.first(300);
            Subflow near = fixture.join(10);
            fixture.session.onWritabilityChanged(near, false);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 11 of 100");
            far.onTransport(held(300, 50), fixture.nowNanos());
            assertThat(fixture.transmit()).as("nobody is nearer").isEmpty();

            fixture.session.onWritabilityChanged(near, true);
            fixture.session.send(SessionFixture.buffer(100));

            assertThat(fixture.transmit()).startsWith("1: frame 10 of 100");
            assertThat(fixture.repetitions).startsWith(RepetitionCause.HEAD_OF_LINE);
        }
    }

    /** What the far subflow had before it has come, whichever of the two says so; its transport would need a round trip more. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldCopyWhatIsMissingThoughWhatWasBeforeItHasCome(int toldOn) {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow far = fixture.first(100);
            Subflow near = fixture.join(10);
            fixture.session.onWritabilityChanged(near, false);
            assertThat(fixture.sendAndTransmit(8000)).containsExactly("0: frame 10 of 8000");
            fixture.passMillis(100);
            fixture.receiveAck(far, 11, 1);
            fixture.passMillis(200);
            assertThat(fixture.sendAndTransmit(100)).contains("0: frame 11 of 100");
            fixture.passMillis(1);
            assertThat(fixture.sendAndTransmit(100)).contains("0: frame 12 of 100");
            fixture.session.onWritabilityChanged(near, true);
            fixture.passMillis(99);
            fixture.receiveAck(toldOn == 0 ? far : near, 12, toldOn == 0 ? 2 : 0);
            assertThat(fixture.transmit()).as("it may be on its way").doesNotContain("1: frame 12 of 100");
            fixture.passMillis(30);
            assertThat(fixture.transmit()).as("nothing came meanwhile").doesNotContain("1: frame 12 of 100");

            fixture.receiveAck(near, 12, 0);

            assertThat(fixture.transmit()).contains("1: frame 12 of 100");
            assertThat(fixture.repetitions).containsExactly(RepetitionCause.HEAD_OF_LINE);
        }
    }

    /** A path that loses one packet in a hundred always keeps something back: copies of it all would cost what the other brings. */
    @Test
    void shouldCopyNothingThatComesAboutAsEarlyThoughThePeersHostKeepsItBack() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow lossy = fixture.first(40);
            Subflow other = fixture.join(40);
            fixture.session.onWritabilityChanged(other, false);
            fixture.sendAndTransmit(100);
            lossy.onTransport(held(40, 50), fixture.nowNanos());

            fixture.session.onWritabilityChanged(other, true);
            fixture.session.send(SessionFixture.buffer(100));
            fixture.transmit();

            assertThat(fixture.repetitions).isEmpty();
        }
    }

    /** While a packet is missing nothing is acknowledged; but what has come behind it is not on the way any more. */
    @Test
    void shouldLookAgainAtWhatATransportKnowsWhileDataWaitForRoom() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(40);
            for (int i = 0; i < 40; i++) {
                fixture.session.send(SessionFixture.buffer(8 << 10));
            }
            fixture.transmit();
            assertThat(subflow.canTake()).isFalse();
            assertThat(fixture.session.nextDeadlineNanos() - fixture.nowNanos())
                    .as("nothing is known to be asked")
                    .isGreaterThan(10_000_000);

            subflow.onTransport(held(40, 0), fixture.nowNanos());

            assertThat(fixture.session.nextDeadlineNanos() - fixture.nowNanos()).isEqualTo(10_000_000);
            fixture.passMillis(10);
            fixture.session.onTimeout(fixture.nowNanos());
            fixture.transmit();
            assertThat(fixture.session.nextDeadlineNanos() - fixture.nowNanos()).isEqualTo(10_000_000);
        }
    }

    /** Of a connection of Multipath TCP with several subflows the kernel tells what it has lost, and nothing that would make room. */
    @Test
    void shouldNotLookAgainForARoomOfWhichATransportTellsNothing() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(40);
            for (int i = 0; i < 40; i++) {
                fixture.session.send(SessionFixture.buffer(8 << 10));
            }
            fixture.transmit();
            assertThat(subflow.canTake()).isFalse();
            subflow.onTransport(held(40, 0), fixture.nowNanos());

            subflow.onTransport(lost(7), fixture.nowNanos());

            assertThat(fixture.session.nextDeadlineNanos() - fixture.nowNanos())
                    .isGreaterThan(Subflow.TRANSPORT_INTERVAL_NANOS);
        }
    }

    private static TransportStats lost(long packets) {
        long unknown = TransportStats.UNKNOWN;
        return new TransportStats(unknown, unknown, unknown, unknown, unknown, unknown, packets, MptcpStats.NONE);
    }

    private static TransportStats held(long rttMillis, long heldBytes) {
        return new TransportStats(
                rttMillis * 1_000_000,
                100_000,
                TransportStats.UNKNOWN,
                TransportStats.UNKNOWN,
                10_000,
                heldBytes,
                1,
                MptcpStats.NONE);
    }

    /** One that is late alone goes on: there is no other. */
    @Test
    void shouldGoOnWhenTheOnlySubflowIsLate() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(40);
            fixture.sendAndTransmit(100);

            fixture.passMillis(150);
            fixture.session.onTimeout(fixture.nowNanos());

            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 11 of 100");
        }
    }

    /** Needless copies may harm a Go peer. */
    @Test
    void shouldCopyNothingInTheBaseProfile() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(300);
            Subflow near = fixture.subflow(10);
            fixture.session.onWritabilityChanged(near, false);
            fixture.sendAndTransmit(100);
            fixture.session.onWritabilityChanged(near, true);
            List<String> left = fixture.transmit();

            assertThat(left).isEmpty();
            assertThat(fixture.repetitions).isEmpty();
        }
    }
}
