package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.CopyingScheduler;
import dev.multipath.scheduler.FrameView;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.SubflowView;
import dev.multipath.scheduler.Urgency;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a scheduler that copies is asked, of which frames, and what it sees of them. */
class CopiesTest {

    private static final long NOW = 5_000 * VirtualSession.MILLISECOND;

    /** Sends on the first subflow, copies what it is told to, and notes what it sees. */
    private static final class Looking implements CopyingScheduler {

        final List<String> asked = new ArrayList<>();
        final List<Long> uncopiedBytes = new ArrayList<>();
        boolean copies;

        @Override
        public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
            if (subflows.size() > 1) {
                uncopiedBytes.add(offer.uncopiedBytes(subflows.get(1)));
            }
            return 0;
        }

        @Override
        public boolean copies(
                SubflowView subflow, FrameView frame, List<? extends SubflowView> subflows, long nowNanos) {
            asked.add(String.format(
                    "%d of %s, %d ahead, %d behind, %d in all, %d copies%s",
                    frame.payloadBytes(),
                    frame.urgency(),
                    frame.aheadBytes(),
                    frame.behindBytes(),
                    frame.sessionBytes(),
                    frame.copies(),
                    frame.isAtRisk() ? ", at risk" : ""));
            return copies;
        }

        List<String> take() {
            List<String> taken = List.copyOf(asked);
            asked.clear();
            return taken;
        }
    }

    private final Looking scheduler = new Looking();

    private ExtendedFixture server() {
        ExtendedFixture server = ExtendedFixture.server();
        server.session.scheduler(scheduler);
        return server;
    }

    @Test
    void shouldShowWhatThereIsToKnowOfAFrame() {
        try (ExtendedFixture server = server()) {
            server.first(10);
            server.join(20);
            server.sendAndTransmit(100);
            assertThat(scheduler.take()).containsExactly("100 of NORMAL, 0 ahead, 0 behind, 100 in all, 1 copies");

            server.session.send(VirtualSession.buffer(30), Urgency.URGENT, Deadline.NONE);
            server.send(7);
            server.transmit();

            assertThat(scheduler.take())
                    .containsExactly(
                            "30 of URGENT, 100 ahead, 7 behind, 130 in all, 1 copies",
                            "7 of NORMAL, 130 ahead, 0 behind, 137 in all, 1 copies");
        }
    }

    /** Once for each subflow, until these have changed. */
    @Test
    void shouldAskAgainWhenTheSubflowsHaveChanged() {
        try (ExtendedFixture server = server()) {
            server.first(10);
            server.join(20);
            server.sendAndTransmit(100);
            scheduler.take();
            assertThat(server.transmit()).isEmpty();
            assertThat(scheduler.take()).isEmpty();

            server.session.setBackup(server.session.subflows().get(1), true);
            server.session.setBackup(server.session.subflows().get(1), false);
            scheduler.copies = true;

            assertThat(server.transmit()).contains("1: frame 10 of 100");
            assertThat(scheduler.take()).hasSize(1);
            assertThat(server.repetitions).containsExactly(RepetitionCause.REDUNDANCY);
        }
    }

    /** Its only copy should have been acknowledged, or is on a subflow that makes no progress. */
    @Test
    void shouldCallAFrameAtRiskThatIsOverdue() {
        SubflowSet subflows = new SubflowSet();
        SubflowControl first = subflow(0);
        subflows.activate(first);
        subflows.activate(subflow(1));
        SendWindow window = new SendWindow();
        Copies copies = new Copies(subflows, new SendQueue(UnpooledByteBufAllocator.DEFAULT), window);
        SentFrame frame = window.add(VirtualSession.buffer(100));
        first.onSent(frame, NOW);
        long overdueAtNanos = frame.onlyTransmission().overdueAtNanos;

        assertThat(copies.find(scheduler, overdueAtNanos - 1)).isFalse();
        assertThat(copies.find(scheduler, overdueAtNanos)).as("it was asked").isFalse();
        assertThat(scheduler.take()).singleElement().asString().endsWith("1 copies");
        copies.askAgain();
        assertThat(copies.find(scheduler, overdueAtNanos)).isFalse();
        assertThat(scheduler.take()).singleElement().asString().endsWith("1 copies, at risk");

        first.onRttSample(10 * VirtualSession.MILLISECOND, NOW);
        first.late(NOW + 1);
        subflows.update();
        scheduler.copies = true;
        assertThat(copies.find(scheduler, NOW + 1)).isTrue();
        assertThat(scheduler.take()).singleElement().asString().endsWith("0 copies, at risk");
        assertThat(copies.frame()).isSameAs(frame);
        assertThat(copies.carrier().id()).isOne();
        window.release();
    }

    private static SubflowControl subflow(int id) {
        return new SubflowControl(
                id, StatsTracker.NONE, Handshake.none(), new BandwidthDelayControl(), new Lateness(), NOW);
    }

    @Test
    void shouldTellHowMuchOfItsDataASubflowWasNotAskedFor() {
        try (ExtendedFixture server = server()) {
            server.first(10);
            server.join(20);
            server.session.onWritabilityChanged(server.session.subflows().get(1), false);
            server.sendAndTransmit(100);
            server.sendAndTransmit(20);
            server.sendAndTransmit(3);
            assertThat(scheduler.uncopiedBytes).containsExactly(0L, 100L, 120L);

            server.session.onWritabilityChanged(server.session.subflows().get(1), true);
            server.transmit();
            server.sendAndTransmit(1);

            assertThat(scheduler.uncopiedBytes).endsWith(0L);
        }
    }

    /** What is acknowledged, what waits to be sent again, and what the subflow carries already is no question. */
    @Test
    void shouldAskOnlyOfWhatACopyCouldHelp() {
        try (ExtendedFixture server = server()) {
            Subflow first = server.first(10);
            server.sendAndTransmit(100);
            server.sendAndTransmit(200);
            server.receiveAck(first, 11, 1);
            server.join(20);
            scheduler.take();
            scheduler.copies = true;
            server.session.scheduler(scheduler);

            assertThat(server.transmit()).containsExactly("1: frame 11 of 200");
            assertThat(scheduler.take()).hasSize(1);
        }
    }
}
