package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.interop.HangVerdict.Cause;
import dev.multipath.examples.interop.HangVerdict.Evidence;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Each test writes what was on two wires, 0 and 1, and then asks ten seconds later. */
class HangVerdictTest {

    private static final long NOW_NANOS = TimeUnit.SECONDS.toNanos(100);
    private static final long THEN_NANOS = NOW_NANOS - TimeUnit.SECONDS.toNanos(10);
    private static final long STREAM_BYTES = 300;
    private static final long PAYLOAD_BYTES = 100;

    private final FrameLedger fromGo = new FrameLedger();
    private final FrameLedger fromOurs = new FrameLedger();
    private long liveWires = 0b11;
    private Job goJob = Job.SOURCE;
    private boolean goLeavesUnread;
    private boolean oursLeavesUnread;
    private List<String> goLog = List.of();

    @Test
    void shouldBlameGoWhenItsFrameWasOnlyOnAWireThatDied() {
        sent(fromGo, 10, 0);
        deliveredAndAcked(fromGo, 11, 1);
        liveWires = 0b10;
        assertCause(Cause.GO_LOST_FRAME);
    }

    @Test
    void shouldBlameOursWhenNoWireIsLeft() {
        sent(fromGo, 10, 0);
        liveWires = 0;
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameGoWhenItNeverSentAFrameBeforeOthers() {
        deliveredAndAcked(fromGo, 10, 0);
        deliveredAndAcked(fromGo, 12, 0);
        assertCause(Cause.GO_STRANDED_FRAME);
    }

    @Test
    void shouldBlameOursWhenGosFrameCameAndIsNotAcknowledged() {
        delivered(fromGo, 10, 0);
        deliveredAndAcked(fromGo, 12, 0);
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameOursWhenGosFrameWasAcknowledgedOnADeadWireOnlyAndCameAgain() {
        deliveredAndAcked(fromGo, 10, 0);
        delivered(fromGo, 10, 1);
        liveWires = 0b10;
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameOursWhenGosRepeatsAreNotAcknowledgedAgain() {
        deliveredAndAcked(fromGo, 10, 0);
        fromGo.sent(10, PAYLOAD_BYTES, 0, NOW_NANOS);
        fromGo.delivered(10, 0, NOW_NANOS);
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameGoWhenItDoesNotAcknowledgeWhatWasRepeated() {
        goJob = Job.SINK;
        delivered(fromOurs, 10, 0);
        delivered(fromOurs, 10, 1);
        assertCause(Cause.GO_STRANDED_FRAME);
    }

    @Test
    void shouldBlameOursWhenOurFrameWasNotRepeated() {
        goJob = Job.SINK;
        delivered(fromOurs, 10, 0);
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameOursWhenOurFrameIsOnDeadWiresOnly() {
        goJob = Job.SINK;
        delivered(fromOurs, 10, 0);
        delivered(fromOurs, 10, 0);
        liveWires = 0b10;
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameGoWhenAllIsAcknowledgedAndItDoesNotGoOn() {
        deliveredAndAcked(fromGo, 10, 0);
        assertCause(Cause.GO_WRITE_STALL);
    }

    @Test
    void shouldBlameGoWhenItHasTheWholeStreamAndSendsNoReceipt() {
        goJob = Job.SINK;
        for (long number = 10; number < 13; number++) {
            deliveredAndAcked(fromOurs, number, 0);
        }
        assertCause(Cause.GO_WRITE_STALL);
    }

    @Test
    void shouldBlameOursWhenAllIsAcknowledgedAndWeDoNotGoOn() {
        goJob = Job.SINK;
        deliveredAndAcked(fromOurs, 10, 0);
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameOursWhenGosWholeStreamIsHereAndWeSendNoReceipt() {
        for (long number = 10; number < 13; number++) {
            deliveredAndAcked(fromGo, number, 0);
        }
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameTheEndThatDoesNotRead() {
        deliveredAndAcked(fromGo, 10, 0);
        goLeavesUnread = true;
        assertCause(Cause.GO_READ_STALL);
        oursLeavesUnread = true;
        assertCause(Cause.OURS);
    }

    @Test
    void shouldBlameGoForItsCorruptQueueOnlyWhenItSaysSoAndAFrameWasRepeated() {
        goJob = Job.SINK;
        goLog = List.of("ERROR multipath: receivequeue.go:211 receiveQueue buffer corruption detected [10 vs 4107]");
        deliveredAndAcked(fromOurs, 10, 0);
        assertCause(Cause.OURS);
        delivered(fromOurs, 10, 1);
        assertCause(Cause.GO_QUEUE_CORRUPTION);
    }

    @Test
    void shouldBlameOursWhenWeBreakTheProtocol() {
        sent(fromGo, 10, 0);
        fromOurs.sent(9, PAYLOAD_BYTES, 1, THEN_NANOS);
        liveWires = 0b10;
        assertCause(Cause.OURS);
    }

    private void sent(final FrameLedger ledger, final long number, final int wire) {
        ledger.sent(number, PAYLOAD_BYTES, wire, THEN_NANOS);
    }

    private void delivered(final FrameLedger ledger, final long number, final int wire) {
        sent(ledger, number, wire);
        ledger.delivered(number, wire, THEN_NANOS);
    }

    private void deliveredAndAcked(final FrameLedger ledger, final long number, final int wire) {
        delivered(ledger, number, wire);
        ledger.acked(number, wire, THEN_NANOS);
    }

    private void assertCause(final Cause cause) {
        final HangVerdict verdict = HangVerdict.judge(new Evidence(
                fromGo, fromOurs, goJob, STREAM_BYTES, liveWires, goLeavesUnread, oursLeavesUnread, goLog, NOW_NANOS));
        assertThat(verdict.cause()).as(verdict.evidence()).isEqualTo(cause);
    }
}
