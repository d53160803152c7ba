package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.admission.Place;
import dev.multipath.admission.Places;
import dev.multipath.admission.Shortage;
import dev.multipath.admission.Standing;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowViolationException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a session earns by time and bytes, in virtual time. */
class SessionStandingTest {

    private static final int KIB = 1 << 10;

    private final Places places = new Places(Shortage.SESSIONS);
    private final SessionStanding standing = new SessionStanding(places);
    private final Place place = new Place("a host", why -> {});
    private final MultipathSession session = new MultipathSession(
            SessionConfig.DEFAULT,
            SessionRole.SERVER,
            new ConnectionId(1, 2),
            SessionPolicies.of(new LowestRttScheduler()),
            UnpooledByteBufAllocator.DEFAULT,
            new Random(1));

    private long nowNanos;
    private Subflow subflow;
    private long nextFrameNumber = DataFrame.FIRST_FRAME_NUMBER;

    SessionStandingTest() {
        standing.hold(place);
        standing.holdResources(Set.of(Shortage.DESCRIPTORS));
        places.enter(place, Standing.ASKED, 1, 1, nowNanos);
        subflow = session.addSubflow(StatsTracker.NONE, -1, null, nowNanos);
        update();
    }

    @AfterEach
    void tearDown() {
        session.release();
    }

    private void update() {
        standing.update(session, nowNanos);
    }

    private void greet() throws SubflowViolationException {
        session.onFrame(subflow, ControlFrame.EXTENDED, nowNanos);
        session.onFrame(subflow, new HelloFrame(0, HelloFrame.RESUMPTION, 1 << 20, 60_000, 16, null), nowNanos);
        update();
    }

    private void carry(int bytes) throws SubflowViolationException {
        for (int left = bytes; left > 0; left -= 4 * KIB) {
            ByteBuf payload = Unpooled.buffer().writeZero(Math.min(left, 4 * KIB));
            session.onFrame(subflow, new DataFrame(nextFrameNumber++, payload), nowNanos);
            session.pollReceived().release();
            // Which grants more.
            session.transmit(nowNanos, (on, frame) -> true);
        }
        update();
    }

    private void pass(long seconds) {
        nowNanos += TimeUnit.SECONDS.toNanos(seconds);
    }

    private void lose() {
        session.onSubflowFailed(subflow, null, nowNanos);
        assertThat(session.isSuspended()).isTrue();
        update();
    }

    /** No newcomer takes its place for so long, and then one does. */
    private void assertKeptFor(long millis) {
        assertThat(places.standing(place)).isEqualTo(Standing.EARNED);
        long untilNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
        assertThat(places.evictLeast(Shortage.DESCRIPTORS, untilNanos - 1)).isFalse();
        assertThat(places.evictLeast(Shortage.DESCRIPTORS, untilNanos)).isTrue();
    }

    @Test
    void shouldKnowWhoHasOnlyAsked() throws Exception {
        assertThat(places.standing(place)).isEqualTo(Standing.ASKED);
        pass(100);
        update();
        assertThat(places.standing(place)).isEqualTo(Standing.ASKED);
        greet();
        assertThat(places.standing(place)).isEqualTo(Standing.GREETED);
    }

    @Test
    void shouldEarnNothingByAFewBytes() throws Exception {
        greet();
        pass(30);
        carry(100);
        assertThat(places.standing(place)).isEqualTo(Standing.GREETED);
        lose();
        assertThat(places.standing(place)).isEqualTo(Standing.VANISHED);
    }

    @Test
    void shouldEarnNothingByManyBytesAtOnce() throws Exception {
        greet();
        carry(256 * KIB);
        assertThat(places.standing(place)).isEqualTo(Standing.GREETED);
        lose();
        assertThat(places.standing(place)).isEqualTo(Standing.VANISHED);
    }

    @Test
    void shouldEarnTheUsualResumptionTimeInAMinuteOfTraffic() throws Exception {
        greet();
        for (int second = 0; second < 60; second++) {
            pass(1);
            carry(40 * KIB);
        }
        lose();
        assertKeptFor(60_000);
    }

    @Test
    void shouldEarnNoMoreThanItHasLived() throws Exception {
        greet();
        pass(2);
        carry(256 * KIB);
        lose();
        assertKeptFor(2_000);
    }

    @Test
    void shouldEarnNoMoreThanItHasCarried() throws Exception {
        greet();
        pass(3600);
        carry(12 * KIB);
        lose();
        assertKeptFor(3_000);
    }

    /** From the last byte, and not from now. */
    @Test
    void shouldUseUpWhatItHasEarnedWhileItRests() throws Exception {
        greet();
        pass(10);
        carry(256 * KIB);
        pass(4);
        update();
        assertKeptFor(6_000);
    }

    /** Nobody lives without a subflow. */
    @Test
    void shouldEarnNothingWhileItIsSuspended() throws Exception {
        greet();
        pass(2);
        carry(256 * KIB);
        lose();
        pass(50);
        update();
        assertThat(places.evictLeast(Shortage.DESCRIPTORS, nowNanos)).isTrue();
    }

    /** Whoever opens sessions and holds them does not push out one that has carried a little. */
    @Test
    void shouldStandAboveWhoHasCarriedLess() throws Exception {
        greet();
        carry(KIB);
        pass(10);
        Place silent = new Place("another", why -> {});
        places.hold(silent, Set.of(Shortage.DESCRIPTORS));
        places.enter(silent, Standing.GREETED, 2, 1, nowNanos);
        places.evictLeast(Shortage.DESCRIPTORS, nowNanos);
        assertThat(places.standing(silent)).isNull();
        assertThat(places.standing(place)).isEqualTo(Standing.GREETED);
    }

    @Test
    void shouldStandBelowWhoIsThereWhenItHasVanished() throws Exception {
        greet();
        lose();
        Place asking = new Place("another", why -> {});
        places.hold(asking, Set.of(Shortage.DESCRIPTORS));
        places.enter(asking, Standing.ASKED, 2, 1, nowNanos);
        places.evictLeast(Shortage.DESCRIPTORS, nowNanos);
        assertThat(places.standing(place)).isNull();
        assertThat(places.standing(asking)).isEqualTo(Standing.ASKED);
    }
}
