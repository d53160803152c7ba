package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.PathEstimate;
import dev.multipath.metrics.StatsTracker;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a session learns of a subflow, and who is told: its scheduler, its statistics, what limits what is in flight. */
class SubflowEstimatesTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;

    private final List<Long> rttsMillis = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private boolean limitSeen;

    private final StatsTracker tracker = new StatsTracker() {
        @Override
        public void onRttUpdated(long smoothedNanos) {
            rttsMillis.add(smoothedNanos / MILLISECOND);
        }
    };

    private final CongestionControl control = new CongestionControl() {
        @Override
        public long inFlightLimitBytes() {
            return 1 << 20;
        }

        @Override
        public boolean hasSeenLimit() {
            return limitSeen;
        }

        @Override
        public void onEstimate(PathEstimate estimate, long nowNanos) {
            told.add("estimate");
        }

        @Override
        public void onStall(long nowNanos) {
            told.add("stall");
        }

        @Override
        public void onOutage(long nowNanos) {
            told.add("outage");
        }
    };

    private final MultipathSession session = SessionFixture.session(SessionFixture.CONFIG, control);
    private long nowNanos = 5_000 * MILLISECOND;

    @AfterEach
    void release() {
        session.release();
    }

    private SubflowControl subflow(long handshakeMillis) {
        SubflowControl subflow = (SubflowControl) session.addSubflow(
                tracker, handshakeMillis < 0 ? -1 : handshakeMillis * MILLISECOND, JoinOffer.BASE, nowNanos);
        transmit();
        return subflow;
    }

    private void transmit() {
        session.transmit(nowNanos, (subflow, frame) -> {
            ReferenceCountUtil.release(frame);
            return true;
        });
    }

    private void send(int bytes) {
        session.send(VirtualSession.buffer(bytes));
        transmit();
    }

    private void pass(long millis) {
        nowNanos += millis * MILLISECOND;
        session.onTimeout(nowNanos);
        transmit();
    }

    private void receive(SubflowControl subflow, Frame frame) throws SubflowViolationException {
        session.onFrame(subflow, frame, nowNanos);
    }

    @Test
    void shouldLearnARoundTripFromTheHandshakeAndFromPongs() throws Exception {
        SubflowControl subflow = subflow(100);
        assertThat(rttsMillis).containsExactly(100L);
        assertThat(subflow.smoothedRttNanos()).isEqualTo(100 * MILLISECOND);
        assertThat(subflow.rttVarianceNanos()).isEqualTo(50 * MILLISECOND);

        pass(60);
        receive(subflow, ControlFrame.PONG);

        // An eighth of the way; the lowest of both.
        assertThat(rttsMillis).containsExactly(100L, 95L);
        assertThat(subflow.minRttNanos()).isEqualTo(60 * MILLISECOND);
        assertThat(subflow.rttVarianceNanos()).isEqualTo(50 * MILLISECOND - 10 * MILLISECOND / 4);
    }

    @Test
    void shouldTakeAMuchShorterPongOfAnIdlePathForAnotherPath() throws Exception {
        SubflowControl subflow = subflow(100);

        pass(40);
        receive(subflow, ControlFrame.PONG);

        assertThat(rttsMillis).containsExactly(100L, 40L);
    }

    /** It may have waited behind the data. */
    @Test
    void shouldNotTakeThePongBehindDataForThatOfAnIdlePath() throws Exception {
        SubflowControl subflow = subflow(100);
        send(500);

        pass(40);
        receive(subflow, ControlFrame.PONG);

        assertThat(rttsMillis).containsExactly(100L, 92L);
    }

    @Test
    void shouldNotTakeAHandshakeThatWasLateForARoundTrip() {
        SubflowControl subflow = subflow(5_000);

        assertThat(rttsMillis).isEmpty();
        assertThat(subflow.smoothedRttNanos()).isEqualTo(RttEstimator.UNKNOWN);
    }

    @Test
    void shouldTakeAHandshakeForARoundTripAsLongAsItsTimeOut() {
        long timeoutMillis = subflow(-1).retransmissionTimeoutNanos() / MILLISECOND;

        subflow(timeoutMillis);

        assertThat(rttsMillis).containsExactly(timeoutMillis);
    }

    @Test
    void shouldNotHeedAPongThatNothingAskedFor() throws Exception {
        SubflowControl subflow = subflow(100);
        pass(100);
        receive(subflow, ControlFrame.PONG);
        assertThat(subflow.onPong(nowNanos)).isFalse();
        assertThat(rttsMillis).hasSize(2);
    }

    @Test
    void shouldCountWhatItHasCarriedInBothDirections() throws Exception {
        SubflowControl subflow = subflow(100);
        pass(100);
        receive(subflow, ControlFrame.PONG);
        assertThat(subflow.carriedBytes()).isZero();
        send(500);
        assertThat(subflow.sentBytes()).isEqualTo(500);
        assertThat(subflow.isUsable()).isTrue();
        pass(100);
        receive(subflow, new AckFrame(10));
        assertThat(subflow.carriedBytes()).isEqualTo(500);

        receive(subflow, VirtualSession.data(10, 300));

        assertThat(subflow.carriedBytes()).isEqualTo(800);
        ByteBuf read = session.pollReceived();
        read.release();
    }

    @Test
    void shouldSayWhetherItsRateMayGrowYet() {
        SubflowControl subflow = subflow(100);
        assertThat(subflow.isRateGrowing()).isTrue();

        limitSeen = true;

        assertThat(subflow.isRateGrowing()).isFalse();
    }

    @Test
    void shouldBeUsableWhileItCanTakeMoreOrHasSomethingOnTheWay() {
        SubflowControl subflow = subflow(100);
        assertThat(subflow.isUsable()).isTrue();

        session.onWritabilityChanged(subflow, false);
        assertThat(subflow.canTake()).isFalse();
        assertThat(subflow.isUsable()).isFalse();

        session.onWritabilityChanged(subflow, true);
        send(500);
        session.onWritabilityChanged(subflow, false);
        assertThat(subflow.canTake()).isFalse();
        assertThat(subflow.isUsable()).isTrue();
    }

    @Test
    void shouldTellOfAStallWhenNothingIsAcknowledgedForLongerThanARoundTrip() throws Exception {
        SubflowControl carrier = subflow(20);
        pass(20);
        receive(carrier, ControlFrame.PONG);
        send(500);
        assertThat(carrier.isProgressing()).isTrue();
        assertThat(carrier.silentNanos()).isZero();
        nowNanos = carrier.lateAtNanos();

        assertThat(carrier.late(nowNanos)).isTrue();
        assertThat(carrier.late(nowNanos)).as("it is no news").isFalse();

        assertThat(told).contains("stall").doesNotContain("outage");
        assertThat(carrier.isLate()).isTrue();
        assertThat(carrier.isProgressing()).isFalse();
        assertThat(carrier.silentNanos()).isPositive();
        assertThat(carrier.timing().takeLate()).isTrue();
        assertThat(carrier.timing().takeLate()).isFalse();
        assertThat(carrier.silentNanos()).isZero();
    }

    @Test
    void shouldTellOfAnOutageWhenAnAnswerComesMuchTooLate() throws Exception {
        SubflowControl subflow = subflow(100);
        pass(5_000);

        receive(subflow, ControlFrame.PONG);

        assertThat(told).contains("outage");
        assertThat(rttsMillis).containsExactly(100L);
    }
}
