package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.PathEstimate;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.metrics.TransportStats;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a congestion control spreads leaves when it is time, though nothing else happens. */
class SessionPacingTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long GAP_NANOS = 7 * MILLISECOND;

    private long gapNanos = GAP_NANOS;
    private long limitBytes = 1 << 20;
    private long sendsAtNanos = Long.MIN_VALUE;
    private long lateNanos;

    private final CongestionControl control = new CongestionControl() {
        @Override
        public long inFlightLimitBytes() {
            return limitBytes;
        }

        @Override
        public long sendsAtNanos() {
            return sendsAtNanos;
        }

        @Override
        public void onLateTurn(long nanos) {
            lateNanos = nanos;
        }

        @Override
        public boolean hasSeenLimit() {
            return true;
        }

        @Override
        public void onSent(int payloadBytes, long inFlightBytes, long atNanos) {
            sendsAtNanos = atNanos + gapNanos;
        }

        @Override
        public void onEstimate(PathEstimate estimate, long atNanos) {
            // Its pace is set.
        }
    };

    private final MultipathSession session = SessionFixture.session(SessionFixture.CONFIG, control);
    private long nowNanos = 5_000 * MILLISECOND;
    private int dataFrames;

    @AfterEach
    void release() {
        session.release();
    }

    private int transmit() {
        dataFrames = 0;
        session.transmit(nowNanos, (subflow, frame) -> {
            dataFrames += frame instanceof DataFrame ? 1 : 0;
            ReferenceCountUtil.release(frame);
            return true;
        });
        return dataFrames;
    }

    private SubflowControl subflow() {
        StatsTracker untold = new StatsTracker() {};
        Subflow subflow = session.addSubflow(untold, 100 * MILLISECOND, JoinOffer.BASE, nowNanos);
        transmit();
        return (SubflowControl) subflow;
    }

    @Test
    void shouldSendTheNextFrameOfBulkWhenItIsTime() {
        SubflowControl subflow = subflow();
        session.send(VirtualSession.buffer(1 << 20));

        assertThat(transmit()).isOne();
        for (int i = 0; i < 2; i++) {
            assertThat(session.nextDeadlineNanos()).isEqualTo(nowNanos + GAP_NANOS);
            assertThat(subflow.canTake()).isFalse();
            assertThat(subflow.isUsable()).isTrue();
            nowNanos += GAP_NANOS - 1;
            assertThat(transmit()).as("too early").isZero();
            nowNanos++;
            session.onTimeout(nowNanos);
            assertThat(transmit()).isOne();
        }
    }

    @Test
    void shouldSayThatATurnIsLate() {
        subflow();
        session.send(VirtualSession.buffer(1 << 20));
        assertThat(transmit()).isOne();
        nowNanos += GAP_NANOS;
        transmit();
        assertThat(lateNanos).as("in time").isZero();

        nowNanos += GAP_NANOS + 3 * MILLISECOND;
        transmit();
        assertThat(lateNanos).isEqualTo(3 * MILLISECOND);
    }

    /** It has room, and no transport knows better when it is time. */
    @Test
    void shouldNotLookAtTheTransportOfWhatOnlyPauses() {
        SubflowControl subflow = subflow();
        subflow.onTransport(new TransportStats(-1, -1, -1, 0, -1, -1, -1, MptcpStats.NONE), nowNanos);
        gapNanos = 5 * Subflow.TRANSPORT_INTERVAL_NANOS;
        session.send(VirtualSession.buffer(1 << 20));

        transmit();
        assertThat(session.nextDeadlineNanos()).isEqualTo(nowNanos + gapNanos);

        limitBytes = 1;
        assertThat(session.nextDeadlineNanos()).isEqualTo(nowNanos + Subflow.TRANSPORT_INTERVAL_NANOS);
    }

    /** Its end would only come later, and nothing follows that would be held up. */
    @Test
    void shouldNotSpreadWhatIsShort() {
        SubflowControl subflow = subflow();
        session.send(VirtualSession.buffer(100 << 10));

        assertThat(transmit()).isGreaterThan(1);
        assertThat(subflow.inFlightBytes()).isEqualTo(100 << 10);
    }
}
