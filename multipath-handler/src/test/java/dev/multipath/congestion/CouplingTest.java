package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class CouplingTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long RTT_NANOS = 50 * MILLISECOND;
    private static final int FRAME_BYTES = 100_000;

    private long nowNanos = 1_000 * MILLISECOND;

    /** Allows so much. */
    private record Limited(long inFlightLimitBytes) implements CongestionControl {
        @Override
        public boolean hasSeenLimit() {
            return true;
        }

        @Override
        public void onEstimate(PathEstimate estimate, long now) {
            // Whatever it is.
        }
    }

    private void tellLost(CongestionControl member, long packets) {
        member.onTransport(
                new TransportStats(
                        RTT_NANOS, 1, 1, 0, TransportStats.UNKNOWN, TransportStats.UNKNOWN, packets, MptcpStats.NONE),
                FRAME_BYTES,
                nowNanos);
    }

    @Test
    void shouldStartTogetherWithWhatOneStartsWith() {
        Coupling sockets = Coupling.ofSockets();
        CongestionControl one = sockets.join(new BandwidthDelayControl());
        assertThat(one.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);

        CongestionControl other = sockets.join(new BandwidthDelayControl());
        assertThat(one.inFlightLimitBytes() + other.inFlightLimitBytes())
                .isEqualTo(BandwidthDelayControl.INITIAL_BYTES);

        other.onClosed();
        assertThat(one.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);
    }

    /** As one CUBIC would: to .7 once a round trip or two, whoever has lost, and back in some seconds. */
    @Test
    void shouldAnswerALossOfOneWithAllOfThem() {
        Coupling paths = Coupling.ofOneSession(1);
        CongestionControl one = paths.join(new Limited(Long.MAX_VALUE));
        CongestionControl other = paths.join(new Limited(Long.MAX_VALUE));
        one.onSent(FRAME_BYTES, FRAME_BYTES, nowNanos);
        other.onSent(FRAME_BYTES, FRAME_BYTES, nowNanos);
        tellLost(one, 0);
        tellLost(other, 7);
        // What was lost before is not known.
        assertThat(one.inFlightLimitBytes()).isEqualTo(Long.MAX_VALUE);

        tellLost(other, 8);
        // 200 kB are in flight, and a quarter more may have been.
        assertThat(paths.limitBytes()).isEqualTo(175_000);
        assertThat(one.inFlightLimitBytes()).isEqualTo(175_000 / 2);
    }

    /** Four of five parts are theirs; the half is to be. From the next loss on they have no more than one has. */
    @Test
    void shouldGiveBackAllSharesButOneWithTheFirstLoss() {
        Coupling paths = Coupling.ofOneSession(4);
        CongestionControl one = paths.join(new Limited(Long.MAX_VALUE));
        CongestionControl other = paths.join(new Limited(Long.MAX_VALUE));
        one.onSent(FRAME_BYTES, FRAME_BYTES, nowNanos);
        other.onSent(FRAME_BYTES, FRAME_BYTES, nowNanos);
        tellLost(one, 0);
        tellLost(one, 1);
        // .7 of five eighths of 250 kB.
        assertThat(paths.limitBytes()).isEqualTo(109_375);

        nowNanos += 2 * RTT_NANOS;
        one.onDelivered(0, FRAME_BYTES, nowNanos);
        long grown = paths.limitBytes();
        tellLost(one, 2);
        assertThat(paths.limitBytes()).isCloseTo(grown * 7 / 10, withinPercentage(0.1));
    }

    @Test
    void shouldTakeTheLossesOfOneMomentForOne() {
        CubicWindow window = new CubicWindow(CubicWindow.Convergence.SLOW);
        window.onLoss(1_000_000, RTT_NANOS, nowNanos);
        assertThat(window.bytes(nowNanos)).isBetween(699_000L, 701_000L);

        nowNanos += RTT_NANOS;
        window.onLoss(700_000, RTT_NANOS, nowNanos);
        assertThat(window.bytes(nowNanos)).isGreaterThan(699_000L);

        nowNanos += 2 * RTT_NANOS;
        window.onLoss(700_000, RTT_NANOS, nowNanos);
        assertThat(window.bytes(nowNanos)).isBetween(489_000L, 491_000L);

        // cbrt(.3 x 483 packets / .4) s.
        nowNanos += 7_200 * MILLISECOND;
        assertThat(window.bytes(nowNanos)).isBetween(690_000L, 710_000L);
    }

    @Test
    void shouldAimLowerIfItHasLessThanBefore() {
        CubicWindow window = new CubicWindow(CubicWindow.Convergence.FAST);
        window.onLoss(1_000_000, RTT_NANOS, nowNanos);
        nowNanos += 2 * RTT_NANOS;
        window.onLoss(700_000, RTT_NANOS, nowNanos);
        // cbrt((.85 - .7) x 483 packets / (.65 x .4)) s.
        nowNanos += 6_540 * MILLISECOND;
        assertThat(window.bytes(nowNanos)).isBetween(585_000L, 605_000L);

        // More than before is no reason.
        window.onLoss(800_000, RTT_NANOS, nowNanos);
        nowNanos += 7_500 * MILLISECOND;
        assertThat(window.bytes(nowNanos)).isBetween(790_000L, 810_000L);
    }

    /** What a delay target lets a path have loses nothing beside who fills the queue, and would not give way. */
    @Test
    void shouldLetPathsHaveMoreThanByThemselvesAndNotMoreThanTheWindow() {
        Coupling paths = Coupling.ofOneSession(1);
        CongestionControl one = paths.join(new Limited(70_000));
        CongestionControl other = paths.join(new Limited(50_000));
        one.onSent(FRAME_BYTES, FRAME_BYTES, nowNanos);
        other.onSent(FRAME_BYTES, FRAME_BYTES, nowNanos);
        tellLost(one, 0);
        tellLost(one, 1);

        assertThat(paths.limitBytes()).isEqualTo(175_000);
        assertThat(one.inFlightLimitBytes()).isEqualTo(175_000 / 2);
        assertThat(other.inFlightLimitBytes()).isEqualTo(75_000);
    }

    /** NIO tells of no loss: the paths of a session are then as they are without. */
    @Test
    void shouldDoNothingToPathsOfWhichNoLossIsKnown() {
        Supplier<CongestionControl> session = Coupling.ofPaths().newSession();
        CongestionControl one = session.get();
        session.get();
        one.onTransport(TransportStats.NONE, FRAME_BYTES, nowNanos);
        one.onTransport(TransportStats.NONE, FRAME_BYTES, nowNanos);
        assertThat(one.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);
    }

    /** Nothing is there to couple it with. */
    @Test
    void shouldLeaveAloneWhoIsAlone() {
        CongestionControl alone = Coupling.ofPaths().get();
        alone.onSent(FRAME_BYTES, FRAME_BYTES, nowNanos);
        tellLost(alone, 0);
        tellLost(alone, 1);
        assertThat(alone.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);
    }

    @Test
    void shouldNotCoupleSessions() {
        Coupling.Policy policy = Coupling.ofPaths();
        assertThat(policy.newSession()).isNotSameAs(policy.newSession());
    }
}
