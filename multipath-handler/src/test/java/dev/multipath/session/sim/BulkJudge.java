package dev.multipath.session.sim;

import dev.multipath.scheduler.Scheduler;
import java.util.function.Supplier;

/** Sends as much as it can for a time, and compares that with what single TCP connections bring over the same paths. */
final class BulkJudge {

    /** As in the table: from the first attempt to connect. */
    static final long FIRST_NANOS = 12_000_000_000L;

    /** When all connections have found their rates. */
    private static final long STEADY_FROM_NANOS = 5_000_000_000L;

    private static final long ENDLESS_BYTES = 1L << 40;

    /**
     * What came of it.
     *
     * @param first bytes a second of the first 12 s
     * @param steady of the last seven of these
     * @param bestFirst of the best path alone
     * @param sumFirst of all paths, each alone
     * @param sumSteady the same
     * @param stallNanos the longest time without a byte after the start
     */
    record Result(
            Cell cell,
            boolean upload,
            double first,
            double steady,
            double bestFirst,
            double sumFirst,
            double sumSteady,
            long stallNanos) {

        double ofBest() {
            return first / bestFirst;
        }

        double ofSum() {
            return first / sumFirst;
        }

        /** What is wanted: never less than the best path, and all of them where they are not too different. */
        boolean isWanted() {
            return ofBest() >= 0.98 && (cell.rttRatio() > 20 || ofSum() >= 0.95);
        }

        /** How far from it; below 1 is too little. */
        double score() {
            double best = ofBest() / 0.98;
            return cell.rttRatio() > 20 ? best : Math.min(best, ofSum() / 0.95);
        }
    }

    private BulkJudge() {}

    static Result judge(Cell cell, boolean upload, Supplier<Scheduler> scheduler) {
        double bestFirst = 0;
        double sumFirst = 0;
        double sumSteady = 0;
        for (int i = 0; i < cell.paths().size(); i++) {
            Rate alone = alone(cell, i, upload);
            double first = alone.bytesPerSecond(0, FIRST_NANOS);
            bestFirst = Math.max(bestFirst, first);
            sumFirst += first;
            sumSteady += alone.bytesPerSecond(STEADY_FROM_NANOS, FIRST_NANOS);
        }
        Rate rate = new Rate();
        Flow[] flows = new Flow[2];
        TcpWorld[] world = new TcpWorld[1];
        flows[0] = new Flow(total -> {
            if (!upload) {
                rate.add(world[0].clock.nowNanos(), total - rate.totalBytes());
            }
        });
        flows[1] = new Flow(total -> {
            if (upload) {
                rate.add(world[0].clock.nowNanos(), total - rate.totalBytes());
            }
        });
        flows[upload ? 0 : 1].want(ENDLESS_BYTES);
        world[0] = new TcpWorld(cell.paths(), cell.control(), scheduler, cell.seed(), false, flows[0], flows[1]);
        world[0].run(FIRST_NANOS);
        Simulation.check(!world[0].hasFailed(), "%s: the session failed: %s", cell, world[0]);
        Result result = new Result(
                cell,
                upload,
                rate.bytesPerSecond(0, FIRST_NANOS),
                rate.bytesPerSecond(STEADY_FROM_NANOS, FIRST_NANOS),
                bestFirst,
                sumFirst,
                sumSteady,
                rate.longestGap(2_000_000_000L, FIRST_NANOS).nanos());
        world[0].end();
        return result;
    }

    /** What a single connection over one of the paths brings. */
    static Rate alone(Cell cell, int path, boolean upload) {
        Rate rate = new Rate();
        PlainTcp[] tcp = new PlainTcp[1];
        Flow from = new Flow(total -> {});
        Flow to = new Flow(total -> rate.add(tcp[0].clock.nowNanos(), total - rate.totalBytes()));
        from.want(ENDLESS_BYTES);
        tcp[0] = new PlainTcp(
                cell.paths().get(path),
                cell.control(),
                cell.pathRandoms().get(path),
                upload ? from : to,
                upload ? to : from);
        tcp[0].run(FIRST_NANOS);
        return rate;
    }
}
