package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.sim.TcpControl.Kind;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The modelled TCP does what TCP does, or the judges would judge by nothing. Figures of Linux stand beside. */
class TcpModelTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    /** What is left of a link's rate behind the headers. */
    private static final double PAYLOAD_SHARE = 1448.0 / 1500;

    private final Rate rate = new Rate();
    private PlainTcp tcp;

    private void upload(PathSpec spec, Kind control, long bytes) {
        Flow from = new Flow(total -> {});
        Flow to = new Flow(total -> rate.add(tcp.clock.nowNanos(), total - rate.totalBytes()));
        from.want(bytes);
        tcp = new PlainTcp(spec, control, new SplittableRandom(1), from, to);
    }

    private void uploadForEver(PathSpec spec, Kind control) {
        upload(spec, control, 1L << 40);
    }

    @ParameterizedTest
    @EnumSource
    void shouldFillThePath(Kind control) {
        PathSpec spec = PathSpec.of(50, 40);
        uploadForEver(spec, control);
        tcp.run(10 * SECOND);
        assertThat(rate.bytesPerSecond(3 * SECOND, 10 * SECOND) / spec.bytesPerSecond())
                .isBetween(0.98 * PAYLOAD_SHARE, 1.03 * PAYLOAD_SHARE);
    }

    @ParameterizedTest
    @EnumSource
    void shouldStartSlowly(Kind control) {
        // 100 KiB after a handshake take Linux 102 to 105 ms on this path: the handshake, then 10, 20 and 40 packets.
        upload(PathSpec.of(80, 20), control, 100 << 10);
        tcp.run(SECOND);
        assertThat(rate.totalBytes()).isEqualTo(100 << 10);
        long lastNanos = rate.longestGap(900 * MILLI, SECOND).fromNanos();
        assertThat(lastNanos).isBetween(80 * MILLI, 110 * MILLI);
    }

    @Test
    void shouldSendNextToNothingForAWhileEveryTenSecondsWithBbr() {
        PathSpec spec = PathSpec.of(50, 40);
        uploadForEver(spec, Kind.BBR);
        tcp.run(13 * SECOND);
        int quiet = 0;
        for (long at = 5 * SECOND; at < 13 * SECOND; at += 50 * MILLI) {
            quiet += rate.bytesPerSecond(at, at + 50 * MILLI) < 0.1 * spec.bytesPerSecond() ? 1 : 0;
        }
        assertThat(quiet).isBetween(3, 6);
    }

    @Test
    void shouldLoseTheRateToRandomLossWithCubicButNotWithBbr() {
        // Linux: 3 and 47 Mbit/s.
        PathSpec spec = PathSpec.of(50, 40).withLoss(0.01);
        uploadForEver(spec, Kind.BBR);
        tcp.run(10 * SECOND);
        assertThat(rate.bytesPerSecond(3 * SECOND, 10 * SECOND)).isGreaterThan(0.85 * spec.bytesPerSecond());
        long bbrBytes = rate.totalBytes();
        TcpModelTest cubic = new TcpModelTest();
        cubic.uploadForEver(spec, Kind.CUBIC);
        cubic.tcp.run(10 * SECOND);
        assertThat(cubic.rate.totalBytes()).isLessThan(bbrBytes / 4);
    }

    @Test
    void shouldShowLossAsAStallOfARoundTripAndThenABurst() {
        PathSpec spec = new PathSpec(50, 40, 100, 0, 0.05);
        uploadForEver(spec, Kind.CUBIC);
        tcp.run(10 * SECOND);
        Rate.Gap gap = rate.longestGap(3 * SECOND, 10 * SECOND);
        assertThat(gap.nanos()).isBetween(30 * MILLI, 150 * MILLI);
        assertThat(rate.bytesPerSecond(gap.toNanos(), gap.toNanos() + Rate.BIN_NANOS))
                .isGreaterThan(spec.bytesPerSecond());
        assertThat(rate.bytesPerSecond(3 * SECOND, 10 * SECOND)).isGreaterThan(0.9 * spec.bytesPerSecond());
    }

    @Test
    void shouldAskABlackholeEverMoreRarely() {
        uploadForEver(PathSpec.of(50, 40), Kind.CUBIC);
        tcp.clock.at(3 * SECOND, tcp.toServer::down);
        tcp.clock.at(6 * SECOND, tcp.toServer::up);
        tcp.run(20 * SECOND);
        // Time-outs double from some 300 ms: after 0.3, 0.9, 2.1 and 4.5 s.
        Rate.Gap gap = rate.longestGap(3 * SECOND, 20 * SECOND);
        assertThat(gap.nanos()).isBetween(3_500 * MILLI, 6_500 * MILLI);
        assertThat(tcp.up.sender().timeouts()).isBetween(3, 5);
    }

    /** Linux: 3 to 4 s, on a path that crawled at .3 Mbit/s; and six round trips if its congestion control begins anew. */
    @Test
    void shouldTakeAPathThatCrawledForOneWithAPolicerWithBbr() {
        uploadForEver(PathSpec.of(50, 40), Kind.BBR);
        crawlFromThreeToEightSeconds();
        tcp.run(12 * SECOND);
        assertThat(rate.bytesPerSecond(9 * SECOND, 9_500 * MILLI)).isLessThan(0.1 * 50 * 125_000);
    }

    @Test
    void shouldForgetThatWhenItBeginsAnew() {
        uploadForEver(PathSpec.of(50, 40), Kind.BBR);
        crawlFromThreeToEightSeconds();
        tcp.clock.at(8_500 * MILLI, tcp.up::restart);
        tcp.run(12 * SECOND);
        assertThat(rate.bytesPerSecond(9 * SECOND, 9_500 * MILLI)).isGreaterThan(0.8 * 50 * 125_000);
    }

    private void crawlFromThreeToEightSeconds() {
        tcp.clock.at(3 * SECOND, () -> tcp.toServer.rate(FaultPlan.ZOMBIE_BYTES_PER_SECOND));
        tcp.clock.at(8 * SECOND, () -> tcp.toServer.rate(50 * 125_000));
    }

    @Test
    void shouldDropWhatItsQueueDoesNotTake() {
        uploadForEver(PathSpec.of(10, 20), Kind.CUBIC);
        tcp.run(5 * SECOND);
        assertThat(tcp.up.sender().retransmittedBytes()).isPositive();
        assertThat(tcp.toServer.queueDelayNanos()).isLessThanOrEqualTo(101 * MILLI);
    }
}
