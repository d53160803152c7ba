package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EarliestArrivalSchedulerTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long ENOUGH_ROOM = 100_000_000;

    private final EarliestArrivalScheduler scheduler = new EarliestArrivalScheduler();

    private record View(
            long smoothedRttNanos,
            double deliveryRateBytesPerSecond,
            long inFlightBytes,
            boolean full,
            boolean isRateGrowing,
            long silentNanos,
            long transportWindowBytes)
            implements SubflowView {

        View(
                long smoothedRttNanos,
                double deliveryRateBytesPerSecond,
                long inFlightBytes,
                boolean full,
                boolean isRateGrowing) {
            this(smoothedRttNanos, deliveryRateBytesPerSecond, inFlightBytes, full, isRateGrowing, 0, 0);
        }

        /** Late for so long, and all that was on it acknowledged by others. */
        View silent(long millis) {
            return new View(
                    smoothedRttNanos, deliveryRateBytesPerSecond, 0, true, isRateGrowing, millis * MILLISECOND, 0);
        }

        @Override
        public int id() {
            return 0;
        }

        @Override
        public long minRttNanos() {
            return smoothedRttNanos;
        }

        @Override
        public long rttVarianceNanos() {
            return 0;
        }

        @Override
        public long inFlightLimitBytes() {
            return inFlightBytes;
        }

        @Override
        public boolean canTake() {
            return !full;
        }

        View filled() {
            long product = (long) (deliveryRateBytesPerSecond * smoothedRttNanos / 1e9);
            return new View(smoothedRttNanos, deliveryRateBytesPerSecond, product, true, isRateGrowing);
        }

        View growing(long newInFlightBytes) {
            return new View(smoothedRttNanos, deliveryRateBytesPerSecond, newInFlightBytes, false, true);
        }
    }

    /** A path of a round trip whose rate is not known yet. */
    private static View fresh(long rttMillis, double bytesPerSecond, long inFlightBytes, long windowBytes) {
        return new View(rttMillis * MILLISECOND, bytesPerSecond, inFlightBytes, false, true, 0, windowBytes);
    }

    private record Frame(long queuedBytes, long roomBytes) implements Offer {
        @Override
        public boolean isRepetition() {
            return false;
        }
    }

    /** What a path of so many Mbit/s and milliseconds is like, with nothing in flight. */
    private static View path(double megabits, long rttMillis) {
        return new View(rttMillis * MILLISECOND, megabits * 1e6 / 8, 0, false, false);
    }

    private int select(long queuedBytes, long roomBytes, View... views) {
        return scheduler.select(List.of(views), new Frame(queuedBytes, roomBytes), 0);
    }

    @Test
    void shouldTakeTheSubflowOnWhichTheFrameArrivesFirst() {
        assertThat(select(64, ENOUGH_ROOM, path(2, 600), path(100, 5))).isEqualTo(1);
        // A queue of 40 ms on the nearer one.
        View busy = new View(20 * MILLISECOND, 1_000_000, 60_000, false, false);
        assertThat(select(64, ENOUGH_ROOM, busy, path(8, 60))).isEqualTo(1);
        assertThat(select(64, ENOUGH_ROOM, busy, path(8, 160))).isZero();
    }

    @Test
    void shouldWaitForAFullSubflowThatHasDeliveredAllBefore() {
        View full = path(100, 5).filled();

        // 100 KiB take 8 ms there, and the first byte 300 ms here.
        assertThat(select(100 << 10, ENOUGH_ROOM, full, path(20, 600))).isEqualTo(Scheduler.WAIT);
        // 8 MiB take 670 ms.
        assertThat(select(8 << 20, ENOUGH_ROOM, full, path(20, 600))).isEqualTo(1);
    }

    @Test
    void shouldWaitWhenTheOthersWouldHaveToStopMeanwhile() {
        View full = path(100, 5).filled();

        assertThat(select(8 << 20, 512 << 10, full, path(20, 600))).isEqualTo(Scheduler.WAIT);
    }

    /** Nothing would tell when to ask again. */
    @Test
    void shouldNotWaitForASubflowThatHasNothingInFlight() {
        View stuck = new View(5 * MILLISECOND, 12_500_000, 0, true, false);

        assertThat(select(64, ENOUGH_ROOM, stuck, path(2, 600))).isEqualTo(1);
    }

    /** It has been silent for as long as it is taken to be silent yet. */
    @Test
    void shouldWaitForALateSubflowAsLongAsItMayGoOnBeforeTheOtherDelivers() {
        assertThat(select(100 << 10, ENOUGH_ROOM, path(100, 5).silent(20), path(20, 600)))
                .isEqualTo(Scheduler.WAIT);
        assertThat(select(100 << 10, ENOUGH_ROOM, path(100, 5).silent(20), path(20, 30)))
                .isEqualTo(1);
        assertThat(select(100 << 10, ENOUGH_ROOM, path(100, 5).silent(310), path(20, 600)))
                .isEqualTo(1);
    }

    @Test
    void shouldNotPushASubflowThatIsOnlyAdded() {
        View full = path(50, 10).filled();
        View added = path(1, 200);

        assertThat(select(8 << 20, ENOUGH_ROOM, full, added.growing(20_000))).isEqualTo(1);
        assertThat(select(8 << 20, ENOUGH_ROOM, full, added.growing(60_000))).isEqualTo(Scheduler.WAIT);
        // Alone, it may have what its limit allows.
        assertThat(select(8 << 20, ENOUGH_ROOM, added.growing(60_000))).isZero();
    }

    /** What does not fit it comes a round trip later, and all that the near one brings meanwhile waits for that. */
    @Test
    void shouldGiveAFarPathItsFirstWindowOnly() {
        View full = path(50, 10).filled();

        assertThat(select(8 << 20, ENOUGH_ROOM, full, fresh(200, 0, 6_000, 14_480)))
                .isEqualTo(1);
        assertThat(select(8 << 20, ENOUGH_ROOM, full, fresh(200, 0, 12_000, 14_480)))
                .isEqualTo(Scheduler.WAIT);
        assertThat(select(8 << 20, ENOUGH_ROOM, full, fresh(200, 0, 12_000, 29_000)))
                .isEqualTo(1);
    }

    @Test
    void shouldWaitWhenASubflowAddsNextToNothingAndThatLate() {
        View full = path(100, 5).filled();

        assertThat(select(8 << 20, ENOUGH_ROOM, full, path(2, 600))).isEqualTo(Scheduler.WAIT);
        // Until it has been tried it may be better than it seems.
        assertThat(select(8 << 20, ENOUGH_ROOM, full, path(2, 600).growing(0))).isEqualTo(1);
    }

    /** One small request for each round trip is all that it was given. */
    @Test
    void shouldNotTakeForSlowWhatWasGivenNextToNothing() {
        View near = fresh(50, 64 / 0.05, 0, 0);

        assertThat(select(64, ENOUGH_ROOM, near, fresh(140, 0, 0, 0))).isZero();
        // What is known to be as slow as that is.
        assertThat(select(64, ENOUGH_ROOM, new View(50 * MILLISECOND, 64 / 0.05, 0, false, false), fresh(140, 0, 0, 0)))
                .isEqualTo(1);
    }

    /** Slow start: what does not fit comes a round trip later. */
    @Test
    void shouldNotPutAFrameBehindAWindowThatIsFull() {
        View grown = fresh(40, 1_000_000, 80_000, 200_000);

        assertThat(select(100_000, ENOUGH_ROOM, grown, fresh(40, 0, 0, 14_600))).isEqualTo(1);
        assertThat(select(100_000, ENOUGH_ROOM, grown, fresh(40, 0, 8_192, 14_600)))
                .isZero();
        // Ten packets, if nobody tells.
        assertThat(select(100_000, ENOUGH_ROOM, grown, fresh(40, 0, 8_192, 0))).isZero();
        assertThat(select(100_000, ENOUGH_ROOM, grown, fresh(40, 0, 8_192, 30_000)))
                .isEqualTo(1);
    }

    @Test
    void shouldTakeASubflowOfUnknownRoundTripOnlyWhenThereIsNoOther() {
        View unknown = new View(Long.MAX_VALUE, 0, 0, false, true);

        assertThat(select(64, ENOUGH_ROOM, unknown, path(2, 600))).isEqualTo(1);
        assertThat(select(64, ENOUGH_ROOM, unknown, path(2, 600).filled())).isEqualTo(Scheduler.WAIT);
        assertThat(select(64, ENOUGH_ROOM, unknown)).isZero();
    }

    /** A path of that round trip and variance, in microseconds, and when something came on it. */
    private static SubflowView heard(long rttMicros, long varianceMicros, long atNanos) {
        View path = new View(rttMicros * 1000, 1e8, 0, false, true);
        return new SubflowView() {
            @Override
            public int id() {
                return path.id();
            }

            @Override
            public long smoothedRttNanos() {
                return path.smoothedRttNanos();
            }

            @Override
            public long minRttNanos() {
                return path.minRttNanos();
            }

            @Override
            public long rttVarianceNanos() {
                return varianceMicros * 1000;
            }

            @Override
            public double deliveryRateBytesPerSecond() {
                return path.deliveryRateBytesPerSecond();
            }

            @Override
            public boolean isRateGrowing() {
                return path.isRateGrowing();
            }

            @Override
            public long inFlightBytes() {
                return 0;
            }

            @Override
            public long inFlightLimitBytes() {
                return path.inFlightLimitBytes();
            }

            @Override
            public boolean canTake() {
                return true;
            }

            @Override
            public long heardAtNanos() {
                return atNanos;
            }
        };
    }

    private int small(SubflowView... subflows) {
        return scheduler.select(List.of(subflows), new Frame(64, ENOUGH_ROOM), 0);
    }

    @Test
    void shouldAnswerWhereTheRequestCameIfNoOtherIsClearlyEarlier() {
        SubflowView other = heard(500, 100, 1);
        assertThat(small(other, heard(600, 200, 2))).isEqualTo(1);
        // Nothing came there since.
        assertThat(small(other, heard(600, 200, 0))).isZero();
        // Its round trips do not vary so much: it is later.
        assertThat(small(other, heard(600, 10, 2))).isZero();
        // More than a millisecond is later, however much it varies.
        assertThat(small(other, heard(4000, 3000, 2))).isZero();
    }

    /** By so much each of them may be as early as the other. */
    @Test
    void shouldNotTellApartWhatDiffersByLessThanThisThreadIsLate() {
        List<SubflowView> subflows = List.of(heard(500, 100, 1), heard(40_000, 10, 2));
        assertThat(scheduler.select(subflows, lateBy(30), 0)).isEqualTo(1);
        assertThat(scheduler.select(subflows, lateBy(19), 0)).isZero();
    }

    private static Offer lateBy(long millis) {
        return new Offer() {
            @Override
            public long queuedBytes() {
                return 64;
            }

            @Override
            public long roomBytes() {
                return ENOUGH_ROOM;
            }

            @Override
            public boolean isRepetition() {
                return false;
            }

            @Override
            public long lateNanos() {
                return millis * MILLISECOND;
            }
        };
    }

    @Test
    void shouldSendBulkWhereItArrivesFirstWhereverSomethingCame() {
        List<SubflowView> subflows = List.of(heard(500, 100, 1), heard(600, 200, 2));
        assertThat(scheduler.select(subflows, new Frame(1 << 20, ENOUGH_ROOM), 0))
                .isZero();
    }
}
