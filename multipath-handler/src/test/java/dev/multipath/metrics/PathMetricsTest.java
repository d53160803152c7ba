package dev.multipath.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is known of a path, and what is not; and what it costs. */
class PathMetricsTest {

    private static final int TURNS = 100_000;

    private final PathMetrics metrics = new PathMetrics("wifi", () -> StatsTracker.NONE);

    @Test
    void shouldTellWhatIsUnknown() {
        PathStats stats = metrics.snapshot();
        assertThat(stats.state()).isEqualTo(PathState.DOWN);
        assertThat(stats.rtt()).isNull();
        assertThat(stats.lastChange()).isNull();
        assertThat(stats.measured()).isEqualTo(new PathMeasurements(null, null, -1, 0, -1));
        assertThat(stats.transport()).isEqualTo(TransportStats.NONE);
        assertThat(stats.repeated())
                .containsOnlyKeys(RepetitionCause.values())
                .values()
                .containsOnly(new FrameCount(0, 0));
    }

    /** A new subflow on a path knows nothing yet; what the last one has measured is still the best guess. */
    @Test
    void shouldKeepWhatWasMeasuredUntilThereIsSomethingNewer() {
        metrics.onStateChanged(PathState.ACTIVE, PathStateChange.Reason.JOINED, null);
        metrics.onMeasured(2000, 300, 1e6, 40, 50);
        assertThat(metrics.snapshot().measured())
                .isEqualTo(new PathMeasurements(Duration.ofNanos(2000), Duration.ofNanos(300), 1_000_000, 40, 50));

        metrics.onStateChanged(PathState.DOWN, PathStateChange.Reason.CLOSED, null);
        metrics.onStateChanged(PathState.ACTIVE, PathStateChange.Reason.JOINED, null);
        metrics.onMeasured(Long.MAX_VALUE, 0, 0, 0, 60);

        assertThat(metrics.snapshot().measured())
                .isEqualTo(new PathMeasurements(Duration.ofNanos(2000), Duration.ofNanos(300), 1_000_000, 0, 60));
    }

    /** The numbers are those of a connection; a path that has none has none of them. */
    @Test
    void shouldForgetWithASubflowWhatItsTransportKnew() {
        TransportStats known = new TransportStats(1, 2, 3, 4, 5, 6, 7, MptcpStats.NONE);
        metrics.onStateChanged(PathState.ACTIVE, PathStateChange.Reason.JOINED, null);
        metrics.onTransport(TransportStats.NONE, known);
        assertThat(metrics.snapshot().transport()).isEqualTo(known);

        metrics.onStateChanged(PathState.DOWN, PathStateChange.Reason.LOST, null);
        assertThat(metrics.snapshot().transport()).isEqualTo(TransportStats.NONE);
    }

    /** Of a path: each subflow counts from nothing, and several sockets at a time each for themselves. */
    @Test
    void shouldAddUpWhatAllSubflowsLose() {
        assertThat(metrics.snapshot().packetsLost()).isEqualTo(TransportStats.UNKNOWN);
        metrics.onStateChanged(PathState.ACTIVE, PathStateChange.Reason.JOINED, null);
        TransportStats none = new TransportStats(1, 2, 3, 4, 5, 6, TransportStats.UNKNOWN, MptcpStats.NONE);
        metrics.onTransport(TransportStats.NONE, none);
        assertThat(metrics.snapshot().packetsLost()).isEqualTo(TransportStats.UNKNOWN);

        metrics.onTransport(none, lost(5));
        metrics.onTransport(TransportStats.NONE, lost(2));
        metrics.onTransport(lost(5), lost(6));
        metrics.onTransport(lost(2), lost(2));
        assertThat(metrics.snapshot().packetsLost()).isEqualTo(8);

        metrics.onStateChanged(PathState.DOWN, PathStateChange.Reason.LOST, null);
        metrics.onTransport(TransportStats.NONE, lost(1));
        assertThat(metrics.snapshot().packetsLost()).isEqualTo(9);
    }

    private static TransportStats lost(long packets) {
        return new TransportStats(1, 2, 3, 4, 5, 6, packets, MptcpStats.NONE);
    }

    @Test
    void shouldTellOfNoChangeWhereThereIsNone() {
        metrics.onStateChanged(PathState.ACTIVE, PathStateChange.Reason.JOINED, null);
        PathStateChange joined = metrics.snapshot().lastChange();
        metrics.onStateChanged(PathState.ACTIVE, PathStateChange.Reason.CLOSED, new IllegalStateException());
        assertThat(metrics.snapshot().lastChange()).isSameAs(joined);
    }

    @Test
    void shouldTellATrackerThatKnowsNoCauses() {
        AtomicLong repeatedBytes = new AtomicLong();
        PathMetrics told = new PathMetrics("wifi", () -> new StatsTracker() {
            @Override
            public void onRetransmitted(int payloadBytes) {
                repeatedBytes.addAndGet(payloadBytes);
            }
        });
        told.onRetransmitted(7, RepetitionCause.DROPPED);
        told.onRetransmitted(8, RepetitionCause.FAILURE);

        assertThat(repeatedBytes).hasValue(15);
        assertThat(told.snapshot().repeated(RepetitionCause.DROPPED)).isEqualTo(new FrameCount(1, 7));
        assertThat(told.snapshot().repeated(RepetitionCause.FAILURE)).isEqualTo(new FrameCount(1, 8));
        assertThat(told.snapshot().framesRetransmitted()).isEqualTo(2);
    }

    /** It happens with each frame, and at each turn of a session. */
    @Test
    void shouldMakeNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        count(TURNS);
        long beforeBytes = threads.getCurrentThreadAllocatedBytes();
        count(TURNS);
        long allocatedBytes = threads.getCurrentThreadAllocatedBytes() - beforeBytes;
        assertThat(allocatedBytes).as("by %s turns", TURNS).isLessThan(TURNS);
    }

    private void count(int turns) {
        for (int i = 0; i < turns; i++) {
            metrics.onSent(100);
            metrics.onReceived(100);
            metrics.onRetransmitted(100, RepetitionCause.STALENESS);
            metrics.onRttUpdated(i);
            metrics.onMeasured(i, i, i, i, i);
            metrics.onStateChanged(PathState.ACTIVE, PathStateChange.Reason.JOINED, null);
        }
    }
}
