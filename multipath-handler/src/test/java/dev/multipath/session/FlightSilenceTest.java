package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.PathEstimate;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.SentFrame.Transmission;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a subflow's congestion control is told of silence, and of a transport that begins anew. */
class FlightSilenceTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long RTT_NANOS = 100 * MILLISECOND;

    /** Writes down what it is told. */
    private static final class Listening implements CongestionControl {

        private final List<Long> missedMillis = new ArrayList<>();
        private boolean countsSilence = true;
        private int restarts;

        @Override
        public long inFlightLimitBytes() {
            return 1 << 20;
        }

        @Override
        public boolean hasSeenLimit() {
            return false;
        }

        @Override
        public boolean countsSilence() {
            return countsSilence;
        }

        @Override
        public void onSilence(long missedNanos) {
            missedMillis.add(missedNanos / MILLISECOND);
        }

        @Override
        public void onRestart() {
            restarts++;
        }

        @Override
        public void onEstimate(PathEstimate estimate, long nowNanos) {}
    }

    private final Listening congestion = new Listening();
    private final SubflowControl subflow =
            new SubflowControl(0, StatsTracker.NONE, Handshake.none(), congestion, new Lateness(), 0);
    private final Flight flight = subflow.flight();
    private long frameNumber;

    private Transmission send(long atMillis) {
        SentFrame frame = new SentFrame(frameNumber++, SessionFixture.buffer(1000));
        subflow.onSent(frame, atMillis * MILLISECOND);
        Transmission copy = frame.transmissionOn(subflow);
        frame.release();
        return copy;
    }

    private void turnAt(long millis) {
        flight.onTurn(false, millis * MILLISECOND);
    }

    private void deliver(Transmission copy, long atMillis) {
        subflow.onDelivered(copy, SubflowControl.NO_SAMPLE, atMillis * MILLISECOND);
        subflow.oldestOutstanding();
    }

    @Test
    void shouldTellForHowLongTheNextAcknowledgementIsMissed() {
        subflow.onHandshake(RTT_NANOS, 0);
        Transmission first = send(1000);
        send(1010);
        turnAt(1099);
        assertThat(congestion.missedMillis).as("it is on its way").containsExactly(0L);
        turnAt(1150);
        assertThat(congestion.missedMillis)
                .as("since a round trip behind its leaving")
                .endsWith(50L);

        deliver(first, 1160);
        assertThat(congestion.missedMillis)
                .as("told before it counts as delivered")
                .endsWith(60L);
        turnAt(1170);
        assertThat(congestion.missedMillis).as("since something came").endsWith(10L);
    }

    @Test
    void shouldMissNothingWhereNothingIsOnItsWayOrItsTimeIsNotKnown() {
        turnAt(1000);
        send(1000);
        turnAt(5000);
        assertThat(congestion.missedMillis).as("no round trip yet").containsOnly(0L);

        SubflowControl idle = new SubflowControl(0, StatsTracker.NONE, Handshake.none(), congestion, new Lateness(), 0);
        idle.onHandshake(RTT_NANOS, 0);
        idle.flight().onTurn(false, 5000 * MILLISECOND);
        assertThat(congestion.missedMillis).containsOnly(0L);
    }

    @Test
    void shouldTellNobodyWhoDoesNotCount() {
        congestion.countsSilence = false;
        subflow.onHandshake(RTT_NANOS, 0);
        deliver(send(1000), 1500);
        turnAt(2000);

        assertThat(congestion.missedMillis).isEmpty();
    }

    /** The session has to look again though nothing happens: silence may let something pass. */
    @Test
    void shouldExpectRoomFromSilenceWhileAnythingIsOnItsWay() {
        subflow.onHandshake(RTT_NANOS, 0);
        assertThat(flight.mayGetRoom()).isFalse();

        send(1000);
        assertThat(flight.mayGetRoom()).isTrue();

        congestion.countsSilence = false;
        assertThat(flight.mayGetRoom()).isFalse();
    }

    /** Both forget what they know of the path: else the pace that the crawl has left would hold back. */
    @Test
    void shouldBeginAnewTogetherWithATransportThatCrawledOnAPathThatHasMended() {
        subflow.onHandshake(RTT_NANOS, 0);
        send(0);
        boolean anew = false;
        for (long millis = 1000; millis < 2000; millis += 10) {
            anew |= transport(120, millis);
        }
        assertThat(anew).isFalse();
        assertThat(congestion.restarts).isZero();

        assertThat(transport(60, 2000)).isTrue();
        assertThat(congestion.restarts).isOne();
    }

    private boolean transport(long rttMillis, long atMillis) {
        return subflow.onTransport(
                new TransportStats(
                        rttMillis * MILLISECOND,
                        8 * 1448,
                        TransportStats.UNKNOWN,
                        TransportStats.UNKNOWN,
                        1448,
                        0,
                        0,
                        MptcpStats.NONE),
                atMillis * MILLISECOND);
    }
}
