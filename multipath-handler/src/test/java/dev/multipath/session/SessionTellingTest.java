package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.PathEstimate;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.CopyingScheduler;
import dev.multipath.scheduler.FrameView;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.SubflowView;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a session tells those that it works with: its statistics, its scheduler, its congestion control, who looks at it. */
class SessionTellingTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;

    /** What went and came, in words. */
    private static final class Counted implements StatsTracker {

        final List<String> words = new ArrayList<>();

        @Override
        public void onSent(int payloadBytes) {
            words.add("sent " + payloadBytes);
        }

        @Override
        public void onReceived(int payloadBytes) {
            words.add("received " + payloadBytes);
        }

        @Override
        public void onRetransmitted(int payloadBytes, RepetitionCause cause) {
            words.add("again " + payloadBytes + " " + cause);
        }

        List<String> take() {
            List<String> taken = List.copyOf(words);
            words.clear();
            return taken;
        }
    }

    // ---- statistics

    @Test
    void shouldCountWhatGoesAndComesInTheBaseProfile() {
        Counted counted = new Counted();
        try (SessionFixture base = new SessionFixture()) {
            Subflow subflow = base.session.addSubflow(counted, 10 * MILLISECOND, JoinOffer.BASE, base.nowNanos());
            base.sendAndTransmit(500);
            base.receiveData(subflow, 10, 300);
            base.receiveData(subflow, 10, 300);

            assertThat(counted.take())
                    .as("duplicates have come as well")
                    .containsExactly("sent 500", "received 300", "received 300");
            base.read();
        }
    }

    @Test
    void shouldCountWhatGoesAndComesInTheExtendedProfile() {
        Counted counted = new Counted();
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10);
            Subflow second = server.session.addSubflow(counted, -1, null, server.nowNanos());
            server.fail(second);
            assertThat(counted.take()).isEmpty();
            server.receiveData(first, 10, 300);
            server.read();
        }
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.session.addSubflow(counted, -1, null, server.nowNanos());
            server.transmit();
            server.receive(subflow, ControlFrame.EXTENDED);
            server.receive(subflow, ControlFrame.PONG);
            server.receive(subflow, server.helloOfPeer(ExtendedFixture.WINDOW_BYTES));
            server.sendAndTransmit(500);
            server.session.shutdownOutput();
            server.transmit();
            server.receiveData(subflow, 10, 300);
            server.receiveData(subflow, 10, 300);

            assertThat(counted.take()).containsExactly("sent 500", "sent 0", "received 300", "received 300");
            server.read();
        }
    }

    // ---- the scheduler

    /** Copies everything, and notes what it was offered. */
    private static class Copying implements CopyingScheduler {

        final List<String> offers = new ArrayList<>();
        boolean waits;
        long askAgainAtNanos = Deadline.NONE;

        @Override
        public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
            String room = offer.isRepetition() ? ", again" : " of " + offer.roomBytes();
            offers.add(offer.queuedBytes() + room);
            return waits ? WAIT : 0;
        }

        @Override
        public long askAgainAtNanos() {
            return askAgainAtNanos;
        }

        @Override
        public boolean copies(
                SubflowView subflow, FrameView frame, List<? extends SubflowView> subflows, long nowNanos) {
            return true;
        }
    }

    private static ExtendedFixture server(Scheduler scheduler) {
        ExtendedFixture server = ExtendedFixture.server();
        server.session.scheduler(scheduler);
        return server;
    }

    @Test
    void shouldTellTheSchedulerHowMuchMayLeaveWhileTheLowestFrameIsMissing() {
        Copying scheduler = new Copying();
        try (SessionFixture base = new SessionFixture(SessionFixture.config(100_000, 16 << 20), scheduler)) {
            base.subflow(10);
            base.sendAndTransmit(1000);
            base.sendAndTransmit(500);

            assertThat(scheduler.offers).containsExactly("1000 of 100000", "500 of 99000");
        }
    }

    /** How much is to be sent again is not known to the byte: all frames are taken to be as large as the first. */
    @Test
    void shouldTellTheSchedulerWhatIsSentAgain() {
        Copying scheduler = new Copying();
        try (SessionFixture base = new SessionFixture(scheduler)) {
            Subflow first = base.subflow(10);
            base.subflow(20);
            base.sendAndTransmit(100);
            base.sendAndTransmit(20);
            scheduler.offers.clear();

            base.session.onSubflowFailed(first, null, base.nowNanos());

            assertThat(base.transmit()).containsExactly("1: frame 10 of 100", "1: frame 11 of 20");
            assertThat(scheduler.offers).containsExactly("200, again", "20, again");
        }
    }

    @Test
    void shouldCopyAFinAsWell() {
        try (ExtendedFixture server = server(new Copying())) {
            server.first(10);
            server.join(20);
            server.session.shutdownOutput();

            assertThat(server.transmit()).containsExactly("0: fin 10", "1: fin 10");
        }
    }

    /** Also of what had been decided before. */
    @Test
    void shouldAskAnotherSchedulerForCopiesOfWhatIsOnItsWay() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            server.join(20);
            Copying never = new Copying() {
                @Override
                public boolean copies(
                        SubflowView subflow, FrameView frame, List<? extends SubflowView> subflows, long nowNanos) {
                    return false;
                }
            };
            server.session.scheduler(never);
            assertThat(server.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");

            server.session.scheduler(new Copying());

            assertThat(server.transmit()).containsExactly("1: frame 10 of 100");
        }
    }

    @Test
    void shouldNotAskTheSchedulerAgainWhenThereIsNothingToSend() {
        Copying scheduler = new Copying();
        try (SessionFixture base = new SessionFixture(scheduler)) {
            Subflow subflow = base.subflow(10);
            scheduler.waits = true;
            scheduler.askAgainAtNanos = base.nowNanos() + 7 * MILLISECOND;
            base.send(100);
            assertThat(base.transmit()).isEmpty();
            assertThat(base.session.nextDeadlineNanos()).isEqualTo(base.nowNanos() + 7 * MILLISECOND);

            scheduler.waits = false;
            base.transmit();
            assertThat(base.session.nextDeadlineNanos())
                    .as("it was asked")
                    .isNotEqualTo(base.nowNanos() + 7 * MILLISECOND);
            base.receiveAck(subflow, 10);
            assertThat(base.session.nextDeadlineNanos()).isGreaterThan(base.nowNanos() + 1000 * MILLISECOND);
        }
    }

    /** It is the channel that has no room: the peer cannot help it. */
    @Test
    void shouldNotAskForCreditWhileTheChannelIsFull() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            server.session.onWritabilityChanged(subflow, false);
            server.send(100);

            assertThat(server.run(3000)).isEmpty();
            server.session.onWritabilityChanged(subflow, true);
            assertThat(server.transmit()).containsExactly("0: frame 10 of 100");
        }
    }

    // ---- the congestion control

    private static final class Limited implements CongestionControl {

        final List<Boolean> limitedByOthers = new ArrayList<>();

        @Override
        public long inFlightLimitBytes() {
            return 1 << 20;
        }

        @Override
        public boolean hasSeenLimit() {
            return false;
        }

        @Override
        public void onEstimate(PathEstimate estimate, long nowNanos) {
            limitedByOthers.add(estimate.isLimitedByOthers());
        }
    }

    private static MultipathSession session(ExtendedConfig extended, CongestionControl control) {
        SessionConfig base = SessionFixture.CONFIG;
        return SessionFixture.session(
                new SessionConfig(
                        base.sendBufferBytes(),
                        base.receiveBufferBytes(),
                        base.maxFrameBytes(),
                        base.linger(),
                        base.probeInterval(),
                        extended),
                control);
    }

    private static void transmit(MultipathSession session, long nowNanos) {
        session.transmit(nowNanos, (subflow, frame) -> {
            ReferenceCountUtil.release(frame);
            return true;
        });
    }

    /** Two frames one behind the other, both acknowledged a round trip later: was there room beside the second? */
    private static boolean isLimitedByOthers(ExtendedConfig extended) throws Exception {
        Limited control = new Limited();
        MultipathSession session = session(extended, control);
        long nowNanos = 5_000 * MILLISECOND;
        boolean base = !extended.enabled();
        Subflow subflow =
                session.addSubflow(StatsTracker.NONE, 100 * MILLISECOND, base ? JoinOffer.BASE : null, nowNanos);
        List<Frame> greeting = base
                ? List.of(ControlFrame.PONG)
                : List.of(ControlFrame.EXTENDED, ControlFrame.PONG, ExtendedFixture.hello(1 << 20, 60_000, null));
        transmit(session, nowNanos);
        nowNanos += 100 * MILLISECOND;
        for (Frame frame : greeting) {
            session.onFrame(subflow, frame, nowNanos);
        }
        transmit(session, nowNanos);
        for (int i = 0; i < 2; i++) {
            session.send(VirtualSession.buffer(500));
            transmit(session, nowNanos);
        }
        nowNanos += 100 * MILLISECOND;
        for (int i = 1; i <= 2; i++) {
            session.onFrame(
                    subflow, base ? new AckFrame(9 + i) : new CumulativeAckFrame(10 + i, 1 << 20, i, 0), nowNanos);
        }
        session.release();
        return control.limitedByOthers.get(control.limitedByOthers.size() - 1);
    }

    @Test
    void shouldTellTheCongestionControlWhetherThereWasRoomForMore() throws Exception {
        for (ExtendedConfig profile : List.of(ExtendedConfig.DISABLED, ExtendedConfig.DEFAULT)) {
            assertThat(isLimitedByOthers(profile)).as("%s", profile).isTrue();
        }
    }

    // ---- who looks at it

    @Test
    void shouldSayWhatTheProfilesCanDo() {
        try (SessionFixture base = new SessionFixture();
                ExtendedFixture undecided = ExtendedFixture.server();
                ExtendedFixture extended = ExtendedFixture.server()) {
            base.subflow(10);
            extended.first(10);

            assertThat(base.session.hasEndFrames()).isFalse();
            assertThat(undecided.session.hasEndFrames()).isFalse();
            assertThat(extended.session.hasEndFrames()).isTrue();
            assertThat(base.session.outlivesSubflows()).isFalse();
            assertThat(undecided.session.outlivesSubflows()).isFalse();
            assertThat(extended.session.outlivesSubflows()).isTrue();
            assertThat(base.session.isDecided()).isTrue();
            assertThat(undecided.session.isDecided()).isFalse();
            assertThat(undecided.session.endsDirectionsApart()).isTrue();
            assertThat(undecided.session.wantsInput()).isTrue();
            assertThat(undecided.session.offerJoin())
                    .as("the next one may decide")
                    .isEqualTo(JoinOffer.BASE);
            assertThat(undecided.session.isOutputFinished()).isTrue();
            undecided.send(1);
            assertThat(undecided.session.isOutputFinished()).isFalse();
        }
    }

    @Test
    void shouldSayHowMuchItHasCarriedAndHolds() {
        try (SessionFixture base = new SessionFixture()) {
            Subflow subflow = base.subflow(10);
            base.sendAndTransmit(500);
            base.receiveAck(subflow, 10);
            base.receiveData(subflow, 10, 30);
            base.send(7);

            assertThat(base.session.carriedBytes()).isEqualTo(530);
            assertThat(base.session.memory().queuedBytes()).isEqualTo(7);
            base.read();
        }
    }

    @Test
    void shouldSayInItsExceptionsWhatIsNeededToActOnThem() {
        assertThat(new PathClosedException(300, "why").code()).isEqualTo(300);
        assertThat(new SessionClosedException("why", 7, null).unacknowledgedBytes())
                .isEqualTo(7);
    }

    /** A full receive buffer that nobody reads: the peer's silence is our own doing. */
    @Test
    void shouldNotTakeSilenceForTroubleWhileItDoesNotListen() {
        SessionConfig small = SessionFixture.config(8 << 20, DataFrame.MAX_PAYLOAD_BYTES);
        try (SessionFixture base = new SessionFixture(small)) {
            Subflow first = base.subflow(20);
            base.subflow(30);
            base.receiveData(first, 10, DataFrame.MAX_PAYLOAD_BYTES);
            base.transmit();
            base.session.askSilentSubflows(base.nowNanos() + 100 * MILLISECOND);
            base.transmit();
            assertThat(base.session.wantsInput()).isFalse();

            for (int i = 0; i < 50; i++) {
                base.passMillis(100);
                base.session.onTimeout(base.nowNanos());
            }

            assertThat(base.events()).isEmpty();
            assertThat(base.session.subflows())
                    .allSatisfy(subflow -> assertThat(subflow.state()).isEqualTo(SubflowState.ACTIVE));
            base.read();
            base.passMillis(5_000);
            base.session.onTimeout(base.nowNanos());
            assertThat(base.session.subflows())
                    .anySatisfy(subflow -> assertThat(subflow.state()).isEqualTo(SubflowState.STALE));
        }
    }
}
