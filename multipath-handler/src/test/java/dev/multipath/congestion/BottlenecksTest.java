package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.within;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import java.lang.reflect.Method;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BottlenecksTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long ASKED_EVERY_NANOS = 10 * MILLISECOND;
    private static final int IN_FLIGHT_BYTES = 20_000;

    private final Bottlenecks session = new Bottlenecks();
    private long nowNanos;

    /** How long what is sent waits, by the number of the interval. */
    private enum Queue {
        /** Grows and empties. */
        BUSY {
            @Override
            long millis(long interval) {
                return 7 * interval % 40;
            }
        },
        /** So does this, at other times. */
        OTHER {
            @Override
            long millis(long interval) {
                return 11 * interval % 40;
            }
        },
        /** As {@link #BUSY}, and short: by .8 ms from its mean. */
        SHORT {
            @Override
            long millis(long interval) {
                return BUSY.millis(interval) / 14;
            }
        },
        EMPTY {
            @Override
            long millis(long interval) {
                return 0;
            }
        };

        abstract long millis(long interval);
    }

    private static void tell(CongestionControl subflow, long rttNanos, long lostPackets, long nowNanos) {
        subflow.onTransport(
                new TransportStats(
                        rttNanos,
                        1 << 20,
                        TransportStats.UNKNOWN,
                        TransportStats.UNKNOWN,
                        IN_FLIGHT_BYTES,
                        TransportStats.UNKNOWN,
                        lostPackets,
                        MptcpStats.NONE),
                IN_FLIGHT_BYTES,
                nowNanos);
    }

    /** The n-th is 10 ms farther than the one before, and waits in the n-th queue. */
    private void pass(int seconds, List<CongestionControl> subflows, Queue... queues) {
        long untilNanos = nowNanos + seconds * 1_000 * MILLISECOND;
        for (; nowNanos < untilNanos; nowNanos += ASKED_EVERY_NANOS) {
            for (int i = 0; i < subflows.size(); i++) {
                long waits = queues[i].millis(QueueDelays.interval(nowNanos));
                tell(subflows.get(i), (10 + 10 * i + waits) * MILLISECOND, 0, nowNanos);
            }
        }
    }

    /** A loss of one, and what another may have in flight then. */
    private long limitBytesAfterALoss(CongestionControl of, CongestionControl other) {
        of.onSent(IN_FLIGHT_BYTES, IN_FLIGHT_BYTES, nowNanos);
        other.onSent(IN_FLIGHT_BYTES, IN_FLIGHT_BYTES, nowNanos);
        tell(of, 30 * MILLISECOND, 1, nowNanos);
        return other.inFlightLimitBytes();
    }

    @Test
    void shouldCoupleThoseThatWaitInOneQueue() {
        List<CongestionControl> subflows = List.of(session.get(), session.get(), session.get());
        pass(30, subflows, Queue.BUSY, Queue.OTHER, Queue.BUSY);
        assertThat(session.coupledSubflows()).isEqualTo(2);
        long beforeBytes = subflows.get(1).inFlightLimitBytes();
        assertThat(limitBytesAfterALoss(subflows.get(0), subflows.get(2))).isLessThan(IN_FLIGHT_BYTES);
        assertThat(subflows.get(1).inFlightLimitBytes()).isEqualTo(beforeBytes);
    }

    /** Of what they have: two of three, then those two as one and the third of three again. */
    @Test
    void shouldGiveBackAsManySharesAsHaveComeTogether() {
        List<CongestionControl> subflows = List.of(session.get(), session.get(), session.get());
        pass(30, subflows, Queue.BUSY, Queue.OTHER, Queue.BUSY);
        // .7 of three quarters of 50 kB: a quarter more than what is in flight may have been.
        assertThat(limitBytesAfterALoss(subflows.get(0), subflows.get(2))).isCloseTo(26_250 / 2, within(1L));

        pass(30, subflows, Queue.BUSY, Queue.BUSY, Queue.BUSY);
        assertThat(session.coupledSubflows()).isEqualTo(3);
        subflows.get(1).onSent(IN_FLIGHT_BYTES, IN_FLIGHT_BYTES, nowNanos);
        assertThat(limitBytesAfterALoss(subflows.get(0), subflows.get(2))).isCloseTo(39_375 / 3, within(1L));
    }

    @Test
    void shouldCoupleThoseThatWaitInAShortQueue() {
        List<CongestionControl> subflows = List.of(session.get(), session.get());
        pass(30, subflows, Queue.SHORT, Queue.SHORT);
        assertThat(session.coupledSubflows()).isEqualTo(2);
    }

    @Test
    void shouldCoupleNobodyWhereNobodyWaits() {
        List<CongestionControl> subflows = List.of(session.get(), session.get());
        pass(30, subflows, Queue.EMPTY, Queue.EMPTY);
        assertThat(session.coupledSubflows()).isZero();
    }

    /** A moment tells nothing: it takes ten seconds and more. */
    @Test
    void shouldNotDecideInHaste() {
        List<CongestionControl> subflows = List.of(session.get(), session.get());
        pass(9, subflows, Queue.BUSY, Queue.BUSY);
        assertThat(session.coupledSubflows()).isZero();
    }

    @Test
    void shouldPartThemWhenTheyWaitInQueuesOfTheirOwn() {
        List<CongestionControl> subflows = List.of(session.get(), session.get());
        pass(30, subflows, Queue.BUSY, Queue.BUSY);
        assertThat(session.coupledSubflows()).isEqualTo(2);
        pass(30, subflows, Queue.BUSY, Queue.OTHER);
        assertThat(session.coupledSubflows()).isZero();
        long beforeBytes = subflows.get(1).inFlightLimitBytes();
        assertThat(limitBytesAfterALoss(subflows.get(0), subflows.get(1))).isEqualTo(beforeBytes);
    }

    /** It leaves when nobody waits any more: that says nothing of whose queue it was. */
    @Test
    void shouldStayWhileNobodyWaits() {
        List<CongestionControl> subflows = List.of(session.get(), session.get());
        pass(30, subflows, Queue.BUSY, Queue.BUSY);
        pass(30, subflows, Queue.EMPTY, Queue.EMPTY);
        assertThat(session.coupledSubflows()).isEqualTo(2);
    }

    @Test
    void shouldGoOnWithTheOthersWhenOneIsClosed() {
        List<CongestionControl> subflows = List.of(session.get(), session.get(), session.get());
        pass(30, subflows, Queue.BUSY, Queue.BUSY, Queue.BUSY);
        assertThat(session.coupledSubflows()).isEqualTo(3);
        subflows.get(1).onClosed();
        assertThat(session.coupledSubflows()).isEqualTo(2);
        assertThat(limitBytesAfterALoss(subflows.get(0), subflows.get(2))).isLessThan(IN_FLIGHT_BYTES);
        subflows.get(0).onClosed();
        assertThat(session.coupledSubflows()).isZero();
        assertThat(subflows.get(2).inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);
    }

    /** NIO tells nothing. */
    @Test
    void shouldCoupleNobodyWhoseTransportTellsNothing() {
        List<CongestionControl> subflows = List.of(session.get(), session.get());
        for (int i = 0; i < 3_000; i++) {
            for (CongestionControl subflow : subflows) {
                subflow.onTransport(TransportStats.NONE, IN_FLIGHT_BYTES, nowNanos);
            }
            nowNanos += ASKED_EVERY_NANOS;
        }
        assertThat(session.coupledSubflows()).isZero();
    }

    /** What is left to a default would undo what the control behind wants. */
    @Test
    void shouldPassOnAllThatAControlIsAskedAndTold() {
        CongestionControl coupled = Coupling.ofOneSession(1).join(new BandwidthDelayControl());
        for (CongestionControl passesOn : List.of(session.get(), coupled)) {
            for (Method method : CongestionControl.class.getMethods()) {
                assertThatCode(() ->
                                passesOn.getClass().getDeclaredMethod(method.getName(), method.getParameterTypes()))
                        .doesNotThrowAnyException();
            }
        }
    }

    @Test
    void shouldLookAtEachSessionByItself() {
        Supplier<CongestionControl> one = Bottlenecks.coupling().newSession();
        Supplier<CongestionControl> other = Bottlenecks.coupling().newSession();
        pass(30, List.of(one.get(), other.get()), Queue.BUSY, Queue.BUSY);
        assertThat(((Bottlenecks) one).coupledSubflows()).isZero();
        assertThat(((Bottlenecks) other).coupledSubflows()).isZero();
    }
}
