package dev.multipath.session.sim;

import dev.multipath.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * How long objects take, one after the other on one session, against two bounds. The best single path: what one TCP connection
 * over it needs. The fluid bound T*: the least time in which all single connections together would have brought as many bytes,
 * each with its own slow start, losses and rests, in the same sequence of objects; no scheduler can be faster on average.
 * The first object of a session, which waits for the handshake, counts in neither.
 */
final class ObjectJudge {

    static final long[] SIZES = {64, 1 << 10, 10 << 10, 100 << 10, 1 << 20, 10 << 20};

    private static final long MAX_NANOS = 120_000_000_000L;

    /** The least bytes that a series moves, so that large objects come a few times and small ones often. */
    private static final long SERIES_BYTES = 40 << 20;

    private static final int MAX_OBJECTS = 100;
    private static final double NANOS_PER_MILLI = 1e6;

    /** Half of a series and all but one in a hundred took no longer, in milliseconds. */
    record Quantiles(double p50, double p99) {
        static Quantiles of(long[] nanos) {
            long[] sorted = nanos.clone();
            Arrays.sort(sorted);
            return new Quantiles(
                    sorted[sorted.length / 2] / NANOS_PER_MILLI,
                    sorted[(int) (sorted.length * 0.99)] / NANOS_PER_MILLI);
        }

        @Override
        public String toString() {
            return String.format("%.4g/%.4g", p50, p99);
        }
    }

    /**
     * What came of it.
     *
     * @param best of the path whose median is least
     * @param fluid the bound
     * @param repeated the share of the objects' bytes that came more than once: what redundancy costs
     */
    record Result(Cell cell, long objectBytes, Quantiles ours, Quantiles best, Quantiles fluid, double repeated) {

        /** What is wanted: p50 within 1.05, p99 within 1.15 of the bound, none above 1.05 of the best path. */
        boolean isWanted() {
            return score() <= 1;
        }

        /** How far from it; above 1 is too slow. */
        double score() {
            double bound = Math.max(ours.p50 / fluid.p50 / 1.05, ours.p99 / fluid.p99 / 1.15);
            return Math.max(bound, Math.max(ours.p50 / best.p50, ours.p99 / best.p99) / 1.05);
        }
    }

    private ObjectJudge() {}

    static Result judge(Cell cell, long objectBytes, Supplier<Scheduler> scheduler) {
        int count = (int) Math.max(4, Math.min(MAX_OBJECTS, SERIES_BYTES / objectBytes));
        EventQueue[] clock = new EventQueue[1];
        Objects ours = new Objects(() -> clock[0] == null ? 0 : clock[0].nowNanos(), objectBytes, count);
        TcpWorld world =
                new TcpWorld(cell.paths(), cell.control(), scheduler, cell.seed(), false, ours.client, ours.server);
        clock[0] = world.clock;
        while (!ours.isDone() && !world.hasFailed() && world.clock.nowNanos() < MAX_NANOS) {
            world.run(world.clock.nowNanos() + 100_000_000L);
        }
        Simulation.check(!world.hasFailed(), "%s: the session failed: %s", cell, world);
        // Whoever is too slow for the whole series is judged by what it did.
        int measured = Math.max(2, ours.answered());
        Simulation.check(
                ours.answered() >= 2, "%s: no second object in %d s: %s", cell, MAX_NANOS / 1_000_000_000, world);
        long carriedBytes = world.paths.stream()
                .mapToLong(path -> path.carried(false).totalBytes())
                .sum();
        double repeated = (double) carriedBytes / ours.client.readBytes() - 1;
        world.end();
        List<Objects> alone = new ArrayList<>();
        for (int i = 0; i < cell.paths().size(); i++) {
            alone.add(alone(cell, i, objectBytes, measured));
        }
        long[] oursNanos = new long[measured - 1];
        long[] fluidNanos = new long[measured - 1];
        for (int k = 1; k < measured; k++) {
            oursNanos[k - 1] = ours.nanos(k);
            fluidNanos[k - 1] = fluid(alone, k, objectBytes);
        }
        return new Result(cell, objectBytes, Quantiles.of(oursNanos), best(alone), Quantiles.of(fluidNanos), repeated);
    }

    /** The same objects over one TCP connection alone. */
    static Objects alone(Cell cell, int path, long objectBytes, int count) {
        EventQueue[] clock = new EventQueue[1];
        Objects objects = new Objects(() -> clock[0] == null ? 0 : clock[0].nowNanos(), objectBytes, count);
        PlainTcp tcp = new PlainTcp(
                cell.paths().get(path), cell.control(), cell.pathRandoms().get(path), objects.client, objects.server);
        clock[0] = tcp.clock;
        while (!objects.isDone() && tcp.clock.nowNanos() < MAX_NANOS) {
            tcp.run(tcp.clock.nowNanos() + 100_000_000L);
        }
        return objects;
    }

    private static Quantiles best(List<Objects> alone) {
        Quantiles best = new Quantiles(Double.MAX_VALUE, Double.MAX_VALUE);
        for (Objects objects : alone) {
            if (objects.answered() >= 2) {
                long[] nanos = new long[objects.answered() - 1];
                for (int k = 1; k < objects.answered(); k++) {
                    nanos[k - 1] = objects.nanos(k);
                }
                Quantiles each = Quantiles.of(nanos);
                best = each.p50 < best.p50 ? each : best;
            }
        }
        return best;
    }

    /** When all together would have had that object. */
    private static long fluid(List<Objects> alone, int object, long objectBytes) {
        record Step(long afterNanos, long bytes) {}
        List<Step> steps = new ArrayList<>();
        for (Objects objects : alone) {
            // A path that is too slow to come so far goes on as it has begun.
            int reached = Math.min(object, Math.max(0, objects.answered() - 1));
            long before = 0;
            for (Objects.Point point : objects.curve(reached)) {
                steps.add(new Step(point.afterNanos(), point.bytes() - before));
                before = point.bytes();
            }
        }
        steps.sort(Comparator.comparingLong(Step::afterNanos));
        long bytes = 0;
        for (Step step : steps) {
            bytes += step.bytes;
            if (bytes >= objectBytes) {
                return step.afterNanos;
            }
        }
        throw new AssertionError("not even all paths together");
    }
}
