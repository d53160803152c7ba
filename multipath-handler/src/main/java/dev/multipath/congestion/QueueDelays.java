package dev.multipath.congestion;

import java.util.Arrays;

/**
 * How long a subflow's packets wait in the network, of late, and whether another's wait in the same queue. As in RFC 8382, by summary
 * statistics of short intervals, which begin at the same time for all. Its skewness tells who has a bottleneck. Its variability and
 * frequency, which it compares then, two bottlenecks of one kind have in common; so here it is the delays themselves: in one queue two wait
 * as long at the same time, however far either goes. That holds in each half of what is remembered: one coincidence, such as a start, is
 * none in the other half.
 */
final class QueueDelays {

    /** RFC 8382 section 2.2: T, long beside a round trip. */
    static final long INTERVAL_NANOS = 350_000_000;

    /** What is remembered, 14 s: so that each half has some sawteeth of a congestion window. */
    static final int INTERVALS = 40;

    /** Of which so many have to be known of both. */
    private static final int MIN_INTERVALS = 27;

    /** Less is the noise of hosts and links; a queue that is short, or that others keep short, varies by little more. */
    private static final double MIN_DEVIATION_NANOS = 0.5e6;

    /** RFC 8382 section 2.2: c_s. In front of a queue that empties now and then, most samples are above the mean: 1 is all below. */
    private static final double MAX_SKEWNESS = 0.1;

    private final double[] means = new double[INTERVALS];
    private final int[] samples = new int[INTERVALS];

    /** How many samples were below the mean of the intervals before, less how many were above it. */
    private final int[] below = new int[INTERVALS];

    private final long[] numbers = new long[INTERVALS];
    private long number = Long.MIN_VALUE;
    private double meanBefore = Double.NaN;
    private double sum;
    private int sampleCount;
    private int belowCount;

    QueueDelays() {
        Arrays.fill(numbers, Long.MIN_VALUE);
    }

    /** {@return the interval that it is now} */
    static long interval(long nowNanos) {
        return Math.floorDiv(nowNanos, INTERVAL_NANOS);
    }

    /** The network's round trip; what of it is the way is the same at all times, and does not count. */
    void add(long rttNanos, long nowNanos) {
        long now = interval(nowNanos);
        if (now != number) {
            close();
            number = now;
            meanBefore = mean();
        }
        sum += rttNanos;
        sampleCount++;
        belowCount += rttNanos < meanBefore ? 1 : rttNanos > meanBefore ? -1 : 0;
    }

    private void close() {
        if (sampleCount > 0) {
            int at = Math.floorMod(number, INTERVALS);
            means[at] = sum / sampleCount;
            samples[at] = sampleCount;
            below[at] = belowCount;
            numbers[at] = number;
        }
        sum = 0;
        sampleCount = 0;
        belowCount = 0;
    }

    private double mean() {
        double total = 0;
        int known = 0;
        for (int i = 0; i < INTERVALS; i++) {
            if (isRecent(i, number)) {
                total += means[i];
                known++;
            }
        }
        return known == 0 ? Double.NaN : total / known;
    }

    /** {@return whether it has a bottleneck at all: its delays are skewed to the long ones, as RFC 8382 section 3.3.1 has it} */
    boolean isQueued() {
        int total = 0;
        int skewness = 0;
        for (int i = 0; i < INTERVALS; i++) {
            if (isRecent(i, number)) {
                total += samples[i];
                skewness += below[i];
            }
        }
        return total > 0 && skewness < MAX_SKEWNESS * total;
    }

    /**
     * {@return how much two wait as long at the same time, in that half of the time where they do less so: 1 if always, about 0 if what
     * one waits says nothing of what the other does; NaN if it is not known, or nobody waits}
     */
    double agreement(QueueDelays other) {
        long now = Math.max(number, other.number);
        int[] known = new int[INTERVALS];
        int count = 0;
        for (long i = now - INTERVALS + 1; i <= now; i++) {
            int at = Math.floorMod(i, INTERVALS);
            if (numbers[at] == i && other.numbers[at] == i) {
                known[count++] = at;
            }
        }
        if (count < MIN_INTERVALS) {
            return Double.NaN;
        }
        // NaN if either is.
        return Math.min(agreement(other, known, 0, count / 2), agreement(other, known, count / 2, count));
    }

    /** Of ups and downs of the same size: a correlation alone would not ask for that. */
    private double agreement(QueueDelays other, int[] known, int from, int to) {
        double mine = 0;
        double theirs = 0;
        for (int i = from; i < to; i++) {
            mine += means[known[i]] / (to - from);
            theirs += other.means[known[i]] / (to - from);
        }
        double myVariance = 0;
        double theirVariance = 0;
        double covariance = 0;
        for (int i = from; i < to; i++) {
            double my = means[known[i]] - mine;
            double their = other.means[known[i]] - theirs;
            myVariance += my * my;
            theirVariance += their * their;
            covariance += my * their;
        }
        double leastVariance = (to - from) * MIN_DEVIATION_NANOS * MIN_DEVIATION_NANOS;
        return Math.min(myVariance, theirVariance) < leastVariance
                ? Double.NaN
                : 2 * covariance / (myVariance + theirVariance);
    }

    private boolean isRecent(int at, long now) {
        return numbers[at] > now - INTERVALS && numbers[at] != Long.MIN_VALUE;
    }
}
