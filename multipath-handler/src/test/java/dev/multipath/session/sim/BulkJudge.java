package dev.multipath.session.sim;

import dev.multipath.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Sends as much as it can for a time, and compares that with what single TCP connections bring over the same paths. */
final class BulkJudge {

    /** As in the table: from the first attempt to connect. */
    static final long FIRST_NANOS = 12_000_000_000L;

    /** When all connections have found their rates. */
    private static final long STEADY_FROM_NANOS = 5_000_000_000L;

    private static final long ENDLESS_BYTES = 1L << 40;
    private static final long SAMPLE_NANOS = 50_000_000L;

    /** Of the unloaded round trip. */
    private static final double MAX_BLOAT = 1.5;

    /**
     * What came of it.
     *
     * @param first bytes a second of the first 12 s
     * @param steady of the last seven of these
     * @param bestFirst of the best path alone
     * @param sumFirst of all paths, each alone
     * @param sumSteady the same
     * @param possibleFirst what single connections together would have brought of the first 12 s, had each begun when the session's subflow
     *     over its path had joined: no scheduler can bring more
     * @param stallNanos the longest time without a byte after the start
     * @param bloat how many times its unloaded round trip a packet takes on average, on the path where that is most
     */
    record Result(
            Cell cell,
            boolean upload,
            double first,
            double steady,
            double bestFirst,
            double sumFirst,
            double sumSteady,
            double possibleFirst,
            long stallNanos,
            double bloat) {

        double ofBest() {
            return first / bestFirst;
        }

        double ofSum() {
            return first / sumFirst;
        }

        double ofPossible() {
            return first / possibleFirst;
        }

        /**
         * What is wanted: never less than the best path, and all of them where they are not too different; and where queues
         * would take seconds, they stay short.
         */
        boolean isWanted() {
            return score() >= 1;
        }

        boolean isBloated() {
            return cell.hasLongQueues() && bloat > MAX_BLOAT;
        }

        /** How far from it; below 1 is too little. */
        double score() {
            double rate = cell.rttRatio() > 20 ? ofBest() / 0.98 : Math.min(ofBest() / 0.98, ofSum() / 0.95);
            return isBloated() ? Math.min(rate, MAX_BLOAT / bloat) : rate;
        }
    }

    private BulkJudge() {}

    static Result judge(Cell cell, boolean upload, Supplier<Scheduler> scheduler) {
        return judge(cell, upload, scheduler, TcpEndpoint.TOLD);
    }

    /** With transports that tell so much of themselves. */
    static Result judge(Cell cell, boolean upload, Supplier<Scheduler> scheduler, Told told) {
        double bestFirst = 0;
        double sumFirst = 0;
        double sumSteady = 0;
        List<Rate> each = new ArrayList<>();
        for (int i = 0; i < cell.paths().size(); i++) {
            Rate alone = alone(cell, i, upload);
            each.add(alone);
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
        world[0].client.told = told;
        world[0].server.told = told;
        world[0].run(STEADY_FROM_NANOS);
        double[] queueNanos = new double[cell.paths().size()];
        int samples = 0;
        while (world[0].clock.nowNanos() < FIRST_NANOS) {
            world[0].run(world[0].clock.nowNanos() + SAMPLE_NANOS);
            samples++;
            for (TcpPath path : world[0].paths) {
                queueNanos[path.index] += (upload ? path.toServer : path.toClient).queueDelayNanos();
            }
        }
        double bloat = 1;
        for (int i = 0; i < queueNanos.length; i++) {
            bloat = Math.max(
                    bloat, 1 + queueNanos[i] / samples / cell.paths().get(i).rttNanos());
        }
        Simulation.check(!world[0].hasFailed(), "%s: the session failed: %s", cell, world[0]);
        Result result = new Result(
                cell,
                upload,
                rate.bytesPerSecond(0, FIRST_NANOS),
                rate.bytesPerSecond(STEADY_FROM_NANOS, FIRST_NANOS),
                bestFirst,
                sumFirst,
                sumSteady,
                possible(world[0], each, upload),
                rate.longestGap(2_000_000_000L, FIRST_NANOS).nanos(),
                bloat);
        world[0].end();
        return result;
    }

    private static double possible(TcpWorld world, List<Rate> alone, boolean upload) {
        double possible = 0;
        for (TcpPath path : world.paths) {
            // What the other end sends arrives half a round trip after it could be sent, and the client has joined by
            // then at the earliest.
            long rttNanos = path.spec.rttNanos();
            long soonestNanos = upload ? rttNanos : rttNanos * 3 / 2;
            long laterNanos = Math.max(0, path.establishedAtNanos() - soonestNanos);
            possible += laterNanos < FIRST_NANOS
                    ? (double) alone.get(path.index).bytes(0, FIRST_NANOS - laterNanos) / FIRST_NANOS * 1e9
                    : 0;
        }
        return possible;
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
