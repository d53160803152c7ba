package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.Bottlenecks;
import dev.multipath.congestion.Coupling;
import dev.multipath.congestion.PathLimits;
import dev.multipath.scheduler.EarliestArrivalScheduler;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several subflows on one link, beside a plain TCP connection or alone; in virtual time. */
class SharedBottleneckTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long ENDLESS_BYTES = 1L << 40;
    private static final int SEEDS = 3;
    private static final int SOCKETS = 8;

    /** A queue of half a round trip: with a longer one, the session gives way to who fills it anyhow. */
    private static final PathSpec SPEC = new PathSpec(50, 40, 20, 0, 0);

    private final Rate session = new Rate();
    private final Rate plain = new Rate();
    private SessionRole sender = SessionRole.CLIENT;
    private long settledAtNanos = 10 * SECOND;
    private TcpWorld world;
    private TcpLink up;
    private TcpLink down;

    private static SessionPolicies uncoupled() {
        return SessionPolicies.of(new EarliestArrivalScheduler());
    }

    private static SessionPolicies coupled() {
        return new SessionPolicies(
                new EarliestArrivalScheduler(), Coupling.ofPaths().newSession());
    }

    private void begin(int subflows, Supplier<SessionPolicies> policies, PathLimits sockets, long seed) {
        Flow here = new Flow(total -> {});
        Flow there = new Flow(total -> session.add(world.clock.nowNanos(), total - session.totalBytes()));
        here.want(ENDLESS_BYTES);
        Flow client = sender == SessionRole.CLIENT ? here : there;
        Flow server = sender == SessionRole.CLIENT ? there : here;
        world = new TcpWorld(policies, seed, false, client, server);
        world.client.told = Told.TCP_INFO;
        world.server.told = Told.TCP_INFO;
        world.client.sockets = sockets;
        SplittableRandom random = new SplittableRandom(seed);
        up = new TcpLink(world.clock, SPEC, SPEC.rttNanos(), random.split());
        down = new TcpLink(world.clock, SPEC, SPEC.rttNanos(), random.split());
        for (int i = 0; i < subflows; i++) {
            world.addPath(SPEC, TcpControl.Kind.CUBIC, up, down);
        }
    }

    /** What is left to a plain connection that begins a little later. */
    private static double shareOfPlain(int subflows, Supplier<SessionPolicies> policies, Supplier<PathLimits> sockets) {
        return shareOfPlain(SessionRole.CLIENT, subflows, policies, sockets);
    }

    private static double shareOfPlain(
            SessionRole sender, int subflows, Supplier<SessionPolicies> policies, Supplier<PathLimits> sockets) {
        double sum = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            SharedBottleneckTest run = new SharedBottleneckTest();
            run.sender = sender;
            sum += run.share(subflows, policies, sockets.get(), seed);
        }
        return sum / SEEDS;
    }

    private double share(int subflows, Supplier<SessionPolicies> policies, PathLimits sockets, long seed) {
        begin(subflows, policies, sockets, seed);
        boolean isUp = sender == SessionRole.CLIENT;
        TcpPipe pipe = new TcpPipe(world.clock, isUp ? up : down, isUp ? down : up, TcpControl.Kind.CUBIC.create());
        pipe.onBytes(total -> plain.add(world.clock.nowNanos(), total - plain.totalBytes()));
        world.clock.at(SECOND + seed * SECOND / SEEDS, () -> pipe.write(ENDLESS_BYTES));
        long untilNanos = settledAtNanos + 30 * SECOND;
        world.run(untilNanos);
        double ours = session.bytesPerSecond(settledAtNanos, untilNanos);
        double theirs = plain.bytesPerSecond(settledAtNanos, untilNanos);
        assertThat((ours + theirs) / SPEC.bytesPerSecond()).isGreaterThan(0.9);
        return theirs / (ours + theirs);
    }

    @ParameterizedTest
    @CsvSource({"2, 0.42", "4, 0.40"})
    void shouldLeaveAPlainConnectionItsShareIfTheyAreCoupled(int subflows, double share) {
        assertThat(shareOfPlain(subflows, SharedBottleneckTest::coupled, () -> null))
                .isBetween(share, 0.65);
    }

    /** As soon as that is seen: it takes some thirteen seconds, until which they are as without. */
    @ParameterizedTest
    @CsvSource({"2, 0.42", "4, 0.40"})
    void shouldLeaveAPlainConnectionItsShareIfTheyAreSeenToShareALink(int subflows, double share) {
        double sum = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            Bottlenecks bottlenecks = new Bottlenecks();
            SharedBottleneckTest run = new SharedBottleneckTest();
            run.settledAtNanos = 25 * SECOND;
            // The client's end, which sends, is made first.
            Deque<SessionPolicies> ends = new ArrayDeque<>(
                    List.of(new SessionPolicies(new EarliestArrivalScheduler(), bottlenecks), uncoupled()));
            sum += run.share(subflows, ends::remove, null, seed);
            assertThat(bottlenecks.coupledSubflows()).isEqualTo(subflows);
        }
        assertThat(sum / SEEDS).isBetween(share, 0.65);
    }

    /** Two that can ask TCP what it knows fill no queue, and so leave enough; four do not. */
    @Test
    void shouldNeedCouplingToLeaveAPlainConnectionItsShare() {

        assertThat(shareOfPlain(4, SharedBottleneckTest::uncoupled, () -> null)).isLessThan(0.40);
    }

    /** More sockets are not more share. */
    @Test
    void shouldLeaveAPlainConnectionItsShareBesideManySocketsOfOnePath() {
        assertThat(shareOfPlain(SOCKETS, SharedBottleneckTest::uncoupled, PathLimits::new))
                .isGreaterThan(0.40);
    }

    /** The server knows of the client which they are. */
    @Test
    void shouldLeaveAPlainConnectionItsShareBesideWhatComesOverManySocketsOfOnePath() {
        assertThat(shareOfPlain(SessionRole.SERVER, SOCKETS, SharedBottleneckTest::uncoupled, PathLimits::new))
                .isGreaterThan(0.40);
    }

    /** What they may have in flight together is what one may, and each has the same part of it: a loss holds up no more. */
    @Test
    void shouldAllowSeveralSocketsTogetherWhatOneIsAllowed() {
        begin(1, SharedBottleneckTest::uncoupled, null, 1);
        double one = meanLimitBytes();
        double rateOfOne = session.bytesPerSecond(5 * SECOND, 15 * SECOND);
        SharedBottleneckTest many = new SharedBottleneckTest();
        many.begin(SOCKETS, SharedBottleneckTest::uncoupled, new PathLimits(), 1);
        double all = many.meanLimitBytes();
        assertThat(many.world.client.session.subflows()).hasSize(SOCKETS).allSatisfy(subflow -> assertThat(
                        (double) subflow.inFlightLimitBytes())
                .isLessThanOrEqualTo(all / SOCKETS * 1.5));
        assertThat(all / one).isBetween(0.8, 1.1);
        assertThat(many.session.bytesPerSecond(5 * SECOND, 15 * SECOND) / rateOfOne)
                .isGreaterThan(0.97);
    }

    private double meanLimitBytes() {
        world.run(5 * SECOND);
        double sum = 0;
        int samples = 0;
        for (long at = 5 * SECOND; at < 15 * SECOND; at += SECOND / 10) {
            world.run(at);
            samples++;
            sum += world.client.session.subflows().stream()
                    .mapToLong(Subflow::inFlightLimitBytes)
                    .sum();
        }
        return sum / samples;
    }
}
