package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.SentFrame.Transmission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long is waited for frames that are overdue, on a subflow whose frames have come late by themselves. */
class PatienceTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long SECOND = 1_000 * MILLISECOND;
    private static final long NOW = OvertakingFixture.NOW;

    private final RttEstimator rtt = new RttEstimator();
    private final Patience patience = new Patience();
    private final OvertakingFixture fixture = new OvertakingFixture();

    @AfterEach
    void release() {
        fixture.close();
    }

    // ---- what is learned

    private void come(long lateNanos, long nowNanos) {
        SentFrame frame = fixture.window.add(VirtualSession.buffer(1));
        Transmission copy = frame.addTransmission();
        copy.overdueAtNanos = nowNanos - lateNanos;
        patience.onTold(copy, rtt, nowNanos);
    }

    @Test
    void shouldWaitForAsLongAsFramesWereLate() {
        rtt.onSample(60 * MILLISECOND, NOW);
        come(-MILLISECOND, NOW);
        assertThat(patience.nanos(NOW)).isZero();
        come(40 * MILLISECOND, NOW);
        come(20 * MILLISECOND, NOW);

        assertThat(patience.nanos(NOW)).isEqualTo(40 * MILLISECOND);
    }

    /** Or the next outage would be found so much later. */
    @Test
    void shouldLearnNothingFromAnOutage() {
        come(40 * MILLISECOND, NOW);
        assertThat(patience.nanos(NOW)).as("no round trip is known").isZero();
        rtt.onSample(60 * MILLISECOND, NOW);
        come(61 * MILLISECOND, NOW);
        assertThat(patience.nanos(NOW)).isZero();
        come(60 * MILLISECOND, NOW);
        assertThat(patience.nanos(NOW)).isEqualTo(60 * MILLISECOND);
    }

    @Test
    void shouldForgetWhatIsLongAgo() {
        rtt.onSample(60 * MILLISECOND, NOW);
        come(40 * MILLISECOND, NOW);
        come(20 * MILLISECOND, NOW + 11 * SECOND);
        assertThat(patience.nanos(NOW + 11 * SECOND)).isEqualTo(40 * MILLISECOND);
        assertThat(patience.nanos(NOW + 22 * SECOND)).isEqualTo(20 * MILLISECOND);
        assertThat(patience.nanos(NOW + 32 * SECOND)).isZero();
        come(10 * MILLISECOND, NOW + 32 * SECOND);
        assertThat(patience.nanos(NOW + 32 * SECOND)).isEqualTo(10 * MILLISECOND);
    }

    // ---- what is done

    /** Its first frame has come by itself, so long after it was overdue; and it carries two more. */
    private long twoBehindALateOne(SubflowControl lossy, long lateNanos) {
        Transmission late = fixture.send(lossy);
        fixture.subflows.onTold(late, late.overdueAtNanos + lateNanos);
        fixture.window.acknowledge(late.frame);
        fixture.send(lossy).overdueAtNanos = late.overdueAtNanos;
        fixture.send(lossy).overdueAtNanos = late.overdueAtNanos;
        return late.overdueAtNanos;
    }

    @Test
    void shouldCopyTheLowestAtOnceAndTheOthersWhenTheyWillNotCome() {
        SubflowControl lossy = fixture.subflow(60);
        fixture.subflow(40);
        long overdueAtNanos = twoBehindALateOne(lossy, 30 * MILLISECOND);

        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("11 on 1");
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(overdueAtNanos + 30 * MILLISECOND);
        assertThat(fixture.overdueAt(overdueAtNanos + 30 * MILLISECOND - 1)).isEmpty();
        assertThat(fixture.overdueAt(overdueAtNanos + 30 * MILLISECOND)).containsExactly("12 on 1");
    }

    private long twoBehindALateOneThatTells(long unsentBytes, long heldBytes) {
        SubflowControl lossy = fixture.subflow(60);
        fixture.subflow(40);
        long unknown = TransportStats.UNKNOWN;
        lossy.onTransport(
                new TransportStats(unknown, unknown, unknown, unsentBytes, unknown, heldBytes, 0, MptcpStats.NONE),
                NOW);
        return twoBehindALateOne(lossy, 30 * MILLISECOND);
    }

    /** As QUIC. */
    @Test
    void shouldWaitForATransportThatTellsOnlyWhatHasNotLeft() {
        long overdueAtNanos = twoBehindALateOneThatTells(0, TransportStats.UNKNOWN);

        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("11 on 1");
        assertThat(fixture.overdueAt(overdueAtNanos + 30 * MILLISECOND)).containsExactly("12 on 1");
    }

    /** It says itself when something is held up. */
    @Test
    void shouldNotWaitForATransportThatTellsWhatIsHeldBack() {
        long overdueAtNanos = twoBehindALateOneThatTells(TransportStats.UNKNOWN, 0);

        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("11 on 1", "12 on 1");
    }
}
