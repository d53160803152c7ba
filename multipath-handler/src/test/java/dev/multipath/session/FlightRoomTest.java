package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.PathEstimate;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.SentFrame.Transmission;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a flight counts, what its congestion control is told, and how large frames become. */
class FlightRoomTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final int KIB = 1 << 10;

    private final List<String> told = new ArrayList<>();
    private long limitBytes = 1000;
    private boolean limitSeen = true;

    private final CongestionControl control = new CongestionControl() {
        @Override
        public long inFlightLimitBytes() {
            return limitBytes;
        }

        @Override
        public boolean hasSeenLimit() {
            return limitSeen;
        }

        @Override
        public void onSent(int payloadBytes, long inFlightBytes, long atNanos) {
            told.add("sent " + payloadBytes + " of " + inFlightBytes);
        }

        @Override
        public void onDelivered(int payloadBytes, long inFlightBytes, long atNanos) {
            told.add("delivered " + payloadBytes + " of " + inFlightBytes);
        }

        @Override
        public void onResolved(long inFlightBytes) {
            told.add("resolved to " + inFlightBytes);
        }

        @Override
        public void onClosed() {
            told.add("closed");
        }

        @Override
        public void onTransport(TransportStats stats, long inFlightBytes, long atNanos) {
            told.add("transport " + stats.congestionWindowBytes() + " of " + inFlightBytes);
        }

        @Override
        public void onEstimate(PathEstimate estimate, long atNanos) {
            told.add(String.format(
                    "round trip %d of %d ms, %s, lowest %d ms, %d in flight, %.0f B/s",
                    estimate.roundTrips(),
                    estimate.newestRttNanos() / MILLISECOND,
                    estimate.hasQueue() ? "queue" : "no queue",
                    estimate.minRttNanos() / MILLISECOND,
                    estimate.inFlightBytes(),
                    estimate.deliveryRateBytesPerSecond()));
        }
    };

    private final RttEstimator rtt = new RttEstimator();
    private final SendWindow window = new SendWindow();
    private long nowNanos = 5_000 * MILLISECOND;
    private final Flight flight = new Flight(rtt, control, nowNanos);
    private final Carrier carrier = new Carrier() {
        @Override
        public void onResolved(int payloadBytes) {
            flight.onResolved(payloadBytes);
        }

        @Override
        public boolean isReliable() {
            return true;
        }

        @Override
        public boolean isProgressing() {
            return true;
        }
    };

    @AfterEach
    void release() {
        window.release();
    }

    private Transmission send(int bytes) {
        SentFrame frame = window.add(VirtualSession.buffer(bytes));
        flight.onSent(frame, carrier, nowNanos, nowNanos + 900 * MILLISECOND, nowNanos);
        return frame.transmissionOn(carrier);
    }

    private void deliver(Transmission copy) {
        flight.onDelivered(copy, nowNanos);
        flight.sample(copy, nowNanos);
    }

    // ---- rates

    /** Nothing of ours was before it: it has waited for something else, and shows nothing of the rate. */
    @Test
    void shouldNotTakeForTheRateOfAPathWhatALittleThatWaitedShows() {
        limitBytes = 1_000_000;
        rtt.onSample(20 * MILLISECOND, nowNanos);
        List<Transmission> bulk = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            bulk.add(send(10_000));
        }
        nowNanos += 20 * MILLISECOND;
        bulk.forEach(this::deliver);
        double rate = flight.deliveryRateBytesPerSecond();
        for (int i = 0; i < 20; i++) {
            flight.onUnused();
            Transmission small = send(64);
            nowNanos += 500 * MILLISECOND;
            deliver(small);
        }

        assertThat(flight.deliveryRateBytesPerSecond()).isEqualTo(rate);
    }

    // ---- room

    @Test
    void shouldHaveRoomUntilItsLimitIsReached() {
        assertThat(flight.isEmpty()).isTrue();
        send(999);
        assertThat(flight.isEmpty()).isFalse();
        assertThat(flight.hasRoom()).isTrue();
        send(1);
        assertThat(flight.hasRoom()).isFalse();
        assertThat(flight.inFlightBytes()).isEqualTo(1000);
        assertThat(flight.sentBytes()).isEqualTo(1000);
        assertThat(flight.sentFrames()).isEqualTo(2);
        assertThat(flight.limitBytes()).isEqualTo(1000);
    }

    @Test
    void shouldTellTheControlOfAllThatLeavesAndArrives() {
        Transmission first = send(100);
        Transmission second = send(50);
        flight.onDelivered(first, nowNanos);
        second.resolve();
        flight.onClosed();

        assertThat(told)
                .containsExactly(
                        "sent 100 of 100",
                        "sent 50 of 150",
                        "resolved to 50",
                        "delivered 100 of 50",
                        "resolved to 0",
                        "closed");
        assertThat(flight.deliveredBytes()).isEqualTo(100);
    }

    // ---- what it says of the path

    @Test
    void shouldSayNothingBeforeARoundTripIsKnown() {
        Transmission copy = send(100);
        nowNanos += 100 * MILLISECOND;
        deliver(copy);

        assertThat(told).noneMatch(words -> words.startsWith("round trip"));
        assertThat(flight.deliveryRateBytesPerSecond()).isZero();
    }

    /** A window that is sent at once is one round trip; what is sent behind its acknowledgement, the next. */
    @Test
    void shouldCountRoundTrips() {
        rtt.onSample(100 * MILLISECOND, nowNanos);
        Transmission first = send(100);
        Transmission second = send(100);
        nowNanos += 100 * MILLISECOND;
        deliver(first);
        Transmission third = send(100);
        deliver(second);
        nowNanos += 100 * MILLISECOND;
        told.clear();
        deliver(third);

        assertThat(told).contains("round trip 2 of 100 ms, no queue, lowest 100 ms, 0 in flight, 2000 B/s");
    }

    /** Half as much again as the lowest round trip, and two milliseconds. */
    @Test
    void shouldTakeWhatTakesLongForWaiting() {
        rtt.onSample(100 * MILLISECOND, nowNanos);
        Transmission first = send(100);
        Transmission second = send(100);
        nowNanos += 152 * MILLISECOND;
        deliver(first);
        assertThat(flight.hasQueue()).isFalse();
        nowNanos += MILLISECOND;
        deliver(second);
        assertThat(flight.hasQueue()).isTrue();
        assertThat(flight.newestRttNanos()).isEqualTo(153 * MILLISECOND);
    }

    /** There was room for more: what that shows is no limit, unless it has waited in its own queue. */
    @Test
    void shouldKnowWhatWasLimitedByOthers() {
        rtt.onSample(100 * MILLISECOND, nowNanos);
        Transmission first = send(100);
        flight.onUnused();
        Transmission second = send(100);
        nowNanos += 100 * MILLISECOND;
        deliver(first);
        assertThat(flight.isLimitedByOthers()).as("nobody had said so").isFalse();
        Transmission third = send(100);
        deliver(second);
        assertThat(flight.isLimitedByOthers()).isTrue();
        Transmission fourth = send(100);
        nowNanos += 100 * MILLISECOND;
        deliver(third);
        assertThat(flight.isLimitedByOthers())
                .as("nothing more had arrived when it was sent")
                .isTrue();
        deliver(fourth);
        assertThat(flight.isLimitedByOthers()).as("more had").isFalse();

        flight.onUnused();
        send(100);
        flight.onUnused();
        Transmission little = send(100);
        nowNanos += 300 * MILLISECOND;
        deliver(little);
        assertThat(flight.isLimitedByOthers())
                .as("it has waited, but not for its own kind")
                .isTrue();
        flight.onUnused();
        Transmission last = send(20_000);
        nowNanos += 300 * MILLISECOND;
        deliver(last);
        assertThat(flight.isLimitedByOthers()).as("it has waited").isFalse();
    }

    // ---- frames

    @Test
    void shouldMakeFramesAsLargeAsThePathAllows() {
        assertThat(flight.bulkFrameBytes(64 * KIB)).as("nothing is known").isEqualTo(8 * KIB);
        assertThat(flight.bulkFrameBytes(1000)).isEqualTo(1000);
        rtt.onSample(100 * MILLISECOND, nowNanos);
        limitBytes = 1 << 30;
        Transmission copy = send(2_000_000);
        nowNanos += 100 * MILLISECOND;
        deliver(copy);
        assertThat(flight.deliveryRateBytesPerSecond()).isEqualTo(20_000_000);

        assertThat(flight.bulkFrameBytes(64 * KIB)).as("1 ms").isEqualTo(20_000);
        assertThat(flight.bulkFrameBytes(10_000)).isEqualTo(10_000);
        limitBytes = 150_000;
        assertThat(flight.bulkFrameBytes(64 * KIB))
                .as("a tenth of what may be in flight")
                .isEqualTo(15_000);
        limitBytes = 10_000;
        assertThat(flight.bulkFrameBytes(64 * KIB)).as("the least").isEqualTo(4 * KIB);
    }

    // ---- the list

    @Test
    void shouldListCopiesUntilThePeerHasCountedThem() {
        Transmission first = send(1);
        Transmission second = send(1);
        first.resolve();
        assertThat(flight.pollReceivedByPeer(0)).isNull();
        assertThat(flight.pollReceivedByPeer(1)).isSameAs(first);
        assertThat(flight.pollReceivedByPeer(1)).isNull();
        assertThat(flight.oldest()).isSameAs(second);
        second.resolve();
        assertThat(flight.oldest()).isNull();
        assertThat(flight.all()).isEmpty();
        assertThat(flight.pollReceivedByPeer(9)).isNull();
        window.acknowledge(first.frame.frameNumber, second.frame.frameNumber + 1);
        assertThat(first.frame.isForgotten())
                .as("so that its object serves again")
                .isTrue();
        assertThat(second.frame.isForgotten()).isTrue();
    }

    // ---- the transport

    private void tell(long windowBytes, long unacknowledgedBytes) {
        long unknown = TransportStats.UNKNOWN;
        flight.onTransport(
                new TransportStats(unknown, windowBytes, unknown, unknown, unacknowledgedBytes, 0, 0, MptcpStats.NONE),
                nowNanos);
    }

    /** At 1000 B a round trip a window of less than 250 is all but closed. */
    @Test
    void shouldTakeForOverdueWhatAClosedWindowHoldsBack() {
        rtt.onSample(100 * MILLISECOND, nowNanos);
        Transmission known = send(1000);
        nowNanos += 100 * MILLISECOND;
        deliver(known);
        List<Transmission> copies = List.of(send(100), send(100), send(100));

        tell(250, 100);
        tell(TransportStats.UNKNOWN, 100);
        tell(249, TransportStats.UNKNOWN);
        limitSeen = false;
        tell(249, 100);
        tell(249, 300);
        assertThat(copies).allSatisfy(copy -> assertThat(copy.overdueAtNanos).isGreaterThan(nowNanos));

        limitSeen = true;
        tell(249, 100);
        assertThat(copies.get(0).overdueAtNanos).isGreaterThan(nowNanos);
        assertThat(copies.get(1).overdueAtNanos).isEqualTo(nowNanos);
        assertThat(copies.get(2).overdueAtNanos).isEqualTo(nowNanos);
        assertThat(told).contains("transport 249 of 300");
    }

    /** QUIC. */
    @Test
    void shouldTakeForOverdueWhatIsToldNotToHaveLeft() {
        rtt.onSample(100 * MILLISECOND, nowNanos);
        Transmission known = send(1000);
        nowNanos += 100 * MILLISECOND;
        deliver(known);
        List<Transmission> copies = List.of(send(100), send(100), send(100));
        long unknown = TransportStats.UNKNOWN;

        flight.onTransport(
                new TransportStats(unknown, 249, unknown, 200, unknown, unknown, 0, MptcpStats.NONE), nowNanos);

        assertThat(copies.get(0).overdueAtNanos).isGreaterThan(nowNanos);
        assertThat(copies.get(1).overdueAtNanos).isEqualTo(nowNanos);
        assertThat(copies.get(2).overdueAtNanos).isEqualTo(nowNanos);
    }

    /** What was resolved is not in flight, and does not count. */
    @Test
    void shouldNotCountWhatIsResolved() {
        rtt.onSample(100 * MILLISECOND, nowNanos);
        Transmission known = send(1000);
        nowNanos += 100 * MILLISECOND;
        deliver(known);
        List<Transmission> copies = List.of(send(100), send(100), send(100));
        copies.get(2).resolve();

        tell(100, 100);

        assertThat(copies.get(0).overdueAtNanos).isGreaterThan(nowNanos);
        assertThat(copies.get(1).overdueAtNanos).isEqualTo(nowNanos);
    }

    /** A packet is missing: the transport repairs that, in a round trip and what it varies by. Then it is late for good. */
    @Test
    void shouldGiveWhatThePeersHostKeepsBackOneMoreRoundTripUntilItIsOverdue() {
        SentFrame frame = window.add(VirtualSession.buffer(100));
        rtt.onSample(40 * MILLISECOND, nowNanos);
        flight.onSent(frame, carrier, nowNanos, nowNanos + 10 * MILLISECOND, nowNanos);
        Transmission copy = frame.transmissionOn(carrier);

        flight.onTransport(held(40), nowNanos);
        long overdueAtNanos = nowNanos + 40 * MILLISECOND + 4 * rtt.varianceNanos();
        assertThat(copy.overdueAtNanos).isEqualTo(overdueAtNanos);

        nowNanos += 100 * MILLISECOND;
        flight.onTransport(held(40), nowNanos);
        assertThat(copy.overdueAtNanos).as("lost again").isEqualTo(overdueAtNanos);
    }

    private static TransportStats held(long rttMillis) {
        return new TransportStats(
                rttMillis * MILLISECOND,
                100_000,
                TransportStats.UNKNOWN,
                TransportStats.UNKNOWN,
                10_000,
                5_000,
                1,
                MptcpStats.NONE);
    }
}
