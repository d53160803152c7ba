package dev.multipath.session.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What befalls the paths of a session that sends bulk. Which kinds, and how often each, is itself drawn (swarm testing): a
 * plan that has only resets finds other errors than one that has some of everything.
 *
 * @param upload whether the client sends
 * @param healedNanos when all faults are over
 */
record FaultPlan(Cell cell, boolean upload, List<Fault> faults, long healedNanos) {

    /** The kinds. */
    enum Kind {
        /** Nothing passes, either way. */
        BLACKHOLE,
        /** What the sender sends is lost, acknowledgements pass. */
        DATA_BLACKHOLE,
        /** Only acknowledgements are lost. */
        ACK_BLACKHOLE,
        /** All connections are reset, and can be made again at once. */
        RESET,
        /** The rate falls to 0.3 Mbit/s. */
        ZOMBIE,
        /** A second down, a second up, some times. */
        FLAP,
        /** The delay grows at once. */
        DELAY_JUMP,
        /** All paths are blackholes. */
        ALL_DOWN
    }

    record Fault(Kind kind, int path, long atNanos, long durationNanos, long extraDelayNanos) {
        long endNanos() {
            return atNanos + durationNanos;
        }
    }

    static final int FAULTS = 4;
    static final double ZOMBIE_BYTES_PER_SECOND = 0.3 * 125_000;
    static final long FLAP_NANOS = 1_000_000_000L;

    private static final long SECOND = 1_000_000_000L;

    /** By then all paths are in use. */
    private static final long FIRST_NANOS = 4 * SECOND;

    /** After each of them there is time to see the path in use again. */
    private static final long REST_NANOS = 4 * SECOND;

    private static final double MAX_RATE_RATIO = 10;
    private static final double MAX_RTT_RATIO = 20;

    static FaultPlan of(long seed) {
        SplittableRandom random = new SplittableRandom(~seed * 0x9E3779B97F4A7C15L);
        Cell cell = Cell.random(seed, MAX_RATE_RATIO, MAX_RTT_RATIO);
        double[] weights = new double[Kind.values().length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = random.nextBoolean() ? 0 : random.nextDouble();
        }
        weights[random.nextInt(weights.length)] = 1;
        List<Fault> faults = new ArrayList<>();
        long atNanos = FIRST_NANOS;
        for (int i = 0; i < FAULTS; i++) {
            atNanos += random.nextLong(SECOND);
            Fault fault = draw(random, weights, cell.paths().size(), atNanos);
            faults.add(fault);
            atNanos = fault.endNanos() + REST_NANOS;
        }
        return new FaultPlan(cell, random.nextBoolean(), List.copyOf(faults), atNanos);
    }

    /** One kind, again and again, on the first path. */
    static FaultPlan of(Cell cell, boolean upload, Kind kind, long durationNanos) {
        List<Fault> faults = new ArrayList<>();
        long atNanos = FIRST_NANOS;
        for (int i = 0; i < FAULTS; i++) {
            atNanos += SECOND / 3;
            Fault fault = fault(kind, 0, atNanos, durationNanos, 200_000_000);
            faults.add(fault);
            atNanos = fault.endNanos() + REST_NANOS;
        }
        return new FaultPlan(cell, upload, List.copyOf(faults), atNanos);
    }

    private static Fault draw(SplittableRandom random, double[] weights, int paths, long atNanos) {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        double choice = random.nextDouble() * sum;
        int kind = 0;
        while (kind < weights.length - 1 && choice >= weights[kind]) {
            choice -= weights[kind];
            kind++;
        }
        long durationNanos = (long) (0.3 * SECOND * Math.exp(random.nextDouble() * Math.log(15)));
        return fault(
                Kind.values()[kind],
                random.nextInt(paths),
                atNanos,
                durationNanos,
                50_000_000 + random.nextLong(450_000_000));
    }

    private static Fault fault(Kind kind, int path, long atNanos, long durationNanos, long extraDelayNanos) {
        long lasts =
                switch (kind) {
                    case RESET -> 0;
                    case FLAP -> (1 + 2 * (durationNanos / (2 * FLAP_NANOS))) * FLAP_NANOS;
                    default -> durationNanos;
                };
        return new Fault(kind, path, atNanos, lasts, kind == Kind.DELAY_JUMP ? extraDelayNanos : 0);
    }
}
