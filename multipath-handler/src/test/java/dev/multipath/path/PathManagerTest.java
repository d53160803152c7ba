package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.JoinOffer;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowSetup;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a client dials, and when, in virtual time: two paths, of which the second dies. */
class PathManagerTest {

    private static final ConnectionId NAME = new ConnectionId(1, 2);
    private static final Path GOOD = Path.of("good", new InetSocketAddress("192.0.2.1", 1));
    private static final Path FLAKY = Path.of("flaky", new InetSocketAddress("192.0.2.2", 2));

    private final MockTicker clock = Ticker.newMockTicker();
    private final ManualIoEventLoop loop =
            new ManualIoEventLoop(null, Thread.currentThread(), LocalIoHandler.newFactory(), clock);
    private final List<EstablishedSubflow> established = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private VirtualPath good;
    private VirtualPath flaky;
    private PathManager manager;
    private long nowMillis;

    /** Whether the server has no place for the second path's, and how often it has said so. */
    private boolean crowded;

    private int crowdedOutTimes;
    private int rests;

    @AfterEach
    void stop() {
        manager.stop(false);
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        while (!loop.isTerminated()) {
            passMillis(1);
        }
    }

    private void start(long rttMillis, long seed) {
        good = new VirtualPath(loop, 20, NAME);
        flaky = new VirtualPath(loop, rttMillis, NAME);
        manager = new PathManager(
                loop,
                new ChangedTransport() {
                    @Override
                    public Future<Channel> dial(
                            EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
                        VirtualPath path = remote.equals(GOOD.remote()) ? good : flaky;
                        return path.dial(eventLoop, remote, local, setup);
                    }
                },
                Map::of,
                DialPolicy.of(Duration.ofSeconds(30), Duration.ofMillis(250), Duration.ofSeconds(30)),
                new PathHistory(),
                new Random(seed),
                new PathManager.Listener() {
                    @Override
                    public JoinOffer offer() {
                        return JoinOffer.BASE;
                    }

                    @Override
                    public void onSession(ConnectionId connectionId) {}

                    @Override
                    public void onSubflow(EstablishedSubflow subflow) {
                        if (crowded && subflow.path().equals(FLAKY)) {
                            crowdedOutTimes++;
                            rests += manager.onSubflowCrowdedOut(FLAKY, subflow.channel()) ? 1 : 0;
                            return;
                        }
                        established.add(subflow);
                        manager.onSubflowDelivers(subflow.path(), subflow.channel());
                    }

                    @Override
                    public void onPathFailed(Path path, Throwable cause) {
                        failures.add(cause);
                    }

                    @Override
                    public void onAllPathsFailed(AllPathsFailedException cause) {
                        throw new AssertionError(cause);
                    }
                });
        manager.start(List.of(GOOD, FLAKY));
    }

    private void passMillis(long millis) {
        for (int i = 0; i < millis; i++) {
            nowMillis++;
            clock.advanceMillis(1);
            loop.runNow();
        }
    }

    /** Both paths have subflows, and these have earned quick redials. */
    private void startAndSettle(long rttMillis, long seed) {
        start(rttMillis, seed);
        passMillis(6_000);
        assertThat(established).extracting(EstablishedSubflow::path).containsExactlyInAnyOrder(GOOD, FLAKY);
        assertThat(good.channels).hasSize(1);
        assertThat(flaky.channels).hasSize(1);
    }

    private Channel flakySubflow() {
        return subflow(FLAKY);
    }

    private Channel subflow(Path path) {
        return established.stream()
                .filter(each -> each.path() == path)
                .reduce((first, second) -> second)
                .orElseThrow()
                .channel();
    }

    private void blackhole() {
        flaky.down = true;
        passMillis(200);
        manager.onSubflowDoubtful(FLAKY, flakySubflow(), 1 << 20);
    }

    /** Returns after how long the path has a subflow again. */
    private long millisToReturn() {
        flaky.down = false;
        int before = established.size();
        long sinceMillis = nowMillis;
        while (established.size() == before && nowMillis < sinceMillis + 60_000) {
            passMillis(1);
        }
        return nowMillis - sinceMillis;
    }

    @Test
    void shouldDialAtOnceWhenASubflowMayBeDead() {
        startAndSettle(50, 1);

        manager.onSubflowDoubtful(FLAKY, flakySubflow(), 1 << 20);
        passMillis(1);

        assertThat(flaky.channels).hasSize(2);
    }

    /** However long it was away, and at whatever moment it returns: that of the design, less the join's last round trip. */
    @Test
    void shouldHaveASubflowSoonAfterThePathsReturn() {
        startAndSettle(50, 1);
        Random random = new Random(1);
        for (int run = 0; run < 50; run++) {
            blackhole();
            passMillis(random.nextInt(10_000));

            assertThat(millisToReturn()).as("run %d", run).isLessThanOrEqualTo(313 + 2 * 50);
            passMillis(6_000);
        }
    }

    @Test
    void shouldNotHaveMoreThanThreeAttemptsUnderWayNorManyInAll() {
        startAndSettle(50, 1);
        blackhole();
        int before = flaky.channels.size();
        for (int i = 0; i < 1_000; i++) {
            passMillis(60);
            // And the subflow that is stale.
            assertThat(flaky.openChannels()).isLessThanOrEqualTo(PathSlot.MAX_ATTEMPTS + 1);
        }

        // A hundred until it slows down, then as many each time that the outage is e times as long.
        assertThat(flaky.channels.size() - before).isBetween(150, 220);
        before = flaky.channels.size();
        passMillis(3_600_000);
        assertThat(flaky.channels.size() - before).isBetween(350, 520);
    }

    /** A path that has become slower than the attempts follow each other gets through by the oldest. */
    @Test
    void shouldReachAPathThatIsMuchSlowerThanBefore() {
        startAndSettle(20, 1);
        flaky = new VirtualPath(loop, 4_000, NAME);
        manager.onSubflowDoubtful(FLAKY, flakySubflow(), 1 << 20);
        int before = established.size();
        passMillis(8_100);

        assertThat(established).hasSize(before + 1);
    }

    @Test
    void shouldGiveUpTheOtherAttemptsWhenOneIsLetIn() {
        startAndSettle(50, 1);
        blackhole();
        passMillis(5_000);
        flakySubflow().close();
        millisToReturn();
        passMillis(1);

        assertThat(flaky.openChannels()).isEqualTo(1);
        int channels = flaky.channels.size();
        passMillis(60_000);
        assertThat(flaky.channels).hasSize(channels);
    }

    @Test
    void shouldSearchFasterWhileNoPathDelivers() {
        startAndSettle(50, 1);
        blackhole();
        good.down = true;
        manager.onSubflowDoubtful(GOOD, subflow(GOOD), 1 << 20);
        manager.onNoneDelivers();
        passMillis(3_000);

        good.down = false;
        assertThat(millisToReturn()).isLessThanOrEqualTo(125 + 2 * 20);
    }

    @Test
    void shouldNotHammerAPathToWhichThisHostKnowsNoWay() {
        startAndSettle(50, 1);
        flaky.localError = new ConnectException("Network is unreachable");
        blackhole();
        int before = flaky.channels.size();
        passMillis(60_000);

        assertThat(flaky.channels.size() - before).isBetween(5, 10);
        assertThat(failures).contains(flaky.localError);
    }

    @Test
    void shouldDialEverMoreSlowlyAPathThatFlapsAndDeliversNothing() {
        startAndSettle(50, 1);
        blackhole();
        List<Integer> attempts = new ArrayList<>();
        for (int flap = 0; flap < 6; flap++) {
            int before = flaky.channels.size();
            millisToReturn();
            flaky.down = true;
            passMillis(1_000);
            manager.onSubflowDoubtful(FLAKY, flakySubflow(), 0);
            passMillis(10_000);
            attempts.add(flaky.channels.size() - before);
        }

        assertThat(attempts.get(5)).isLessThan(attempts.get(0) / 4);
    }

    /** Or a server could have a client dial as often as it likes, by words alone. */
    @Test
    void shouldDialEverMoreSlowlyForDoubtsThatPassAndWereNotEarned() {
        startAndSettle(50, 1);
        flaky.down = true;
        for (int doubt = 0; doubt < 100; doubt++) {
            manager.onSubflowDoubtful(FLAKY, flakySubflow(), 0);
            passMillis(20);
            manager.onSubflowDelivers(FLAKY, flakySubflow());
            passMillis(20);
        }

        assertThat(flaky.channels.size()).isLessThanOrEqualTo(4);
    }

    /** As the race leaves it: IPv6, say, to a host that has none. */
    @Test
    void shouldDialSeldomAPathThatHasNeverWorked() {
        start(50, 1);
        flaky.down = true;
        passMillis(60_000);

        assertThat(flaky.channels.size()).isLessThanOrEqualTo(8);
        assertThat(established).hasSize(1);
    }

    /** Or each slow path would be dialled twice in every session. */
    /** The server lets no more subflows into the session; which may change when another is lost. */
    @Test
    void shouldNotDialInVainWhileTheServerHasNoPlace() {
        startAndSettle(20, 1);
        crowded = true;
        manager.onSubflowLost(FLAKY, flakySubflow(), 0);
        passMillis(60_000);
        assertThat(crowdedOutTimes).isEqualTo(PathSlot.MAX_CROWDED_OUT_TIMES);
        assertThat(rests).isEqualTo(1);
        passMillis(120_000);
        assertThat(crowdedOutTimes).isEqualTo(PathSlot.MAX_CROWDED_OUT_TIMES);

        crowded = false;
        manager.onSubflowLost(GOOD, subflow(GOOD), 0);
        passMillis(60_000);
        assertThat(established.stream().filter(subflow -> subflow.path().equals(FLAKY)))
                .hasSize(2);
    }

    /** It is told again after a while, when nobody has lost anything. */
    @Test
    void shouldAskTheServerForAPlaceAgainAfterARest() {
        startAndSettle(20, 1);
        crowded = true;
        manager.onSubflowLost(FLAKY, flakySubflow(), 0);
        passMillis(60_000);
        passMillis(TimeUnit.NANOSECONDS.toMillis(Redials.REST_NANOS));
        assertThat(crowdedOutTimes).isEqualTo(PathSlot.MAX_CROWDED_OUT_TIMES + 1);
        assertThat(rests).isEqualTo(1);
    }

    /** What the server takes for alive may be what is in doubt here. */
    @Test
    void shouldGoOnDialingWhileAnotherSubflowIsInDoubt() {
        startAndSettle(20, 1);
        crowded = true;
        good.down = true;
        manager.onSubflowDoubtful(GOOD, subflow(GOOD), 0);
        manager.onSubflowLost(FLAKY, flakySubflow(), 0);
        passMillis(120_000);
        assertThat(crowdedOutTimes).isGreaterThan(PathSlot.MAX_CROWDED_OUT_TIMES);
        assertThat(rests).isZero();
    }

    @Test
    void shouldWaitForAPathThatAnswers() {
        startAndSettle(600, 1);
    }
}
