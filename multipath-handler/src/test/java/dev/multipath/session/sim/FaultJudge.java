package dev.multipath.session.sim;

import dev.multipath.scheduler.Scheduler;
import dev.multipath.session.sim.FaultPlan.Fault;
import dev.multipath.session.sim.FaultPlan.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Sends bulk while a plan's faults happen, and judges each: how long nothing came, and how soon the path is in use again. When
 * the faults are over, nothing more is written, and all that was must arrive in time, unchanged.
 */
final class FaultJudge {

    private static final long ENDLESS_BYTES = 1L << 40;
    private static final long SECOND = 1_000_000_000L;

    /** A path is in use when so much comes over it for so long; the same as on emulated paths. */
    private static final double IN_USE_BYTES_PER_SECOND = 62_500;

    private static final long IN_USE_NANOS = 100_000_000L;

    /** The table: beside the round trip under load and its variance. */
    private static final long STALL_MARGIN_NANOS = 20_000_000L;

    private static final long MAX_BACK_NANOS = 800_000_000L;
    private static final long MAX_ZOMBIE_BACK_NANOS = SECOND;
    private static final long MAX_RESUMED_NANOS = 300_000_000L;

    /** Between two attempts to dial, at worst. */
    private static final long REDIAL_NANOS = 250_000_000L;

    /** How long the end may take beyond what the paths need for the bytes: the longest back-off. */
    private static final long END_MARGIN_NANOS = 10 * SECOND;

    /**
     * What came of one fault; all down has no stall but what is longer than it.
     *
     * @param backNanos until the path was in use again; -1 for never, while that was watched
     */
    record Verdict(
            FaultPlan plan, Fault fault, long stallNanos, long maxStallNanos, long backNanos, long maxBackNanos) {

        boolean stallsTooLong() {
            return stallNanos > maxStallNanos;
        }

        boolean isBackTooLate() {
            return backNanos < 0 || backNanos > maxBackNanos;
        }

        double score() {
            double back = backNanos < 0 ? 10 : (double) backNanos / maxBackNanos;
            return Math.max((double) stallNanos / maxStallNanos, back);
        }
    }

    /**
     * All of one plan.
     *
     * @param endedNanos how long it took until all had arrived, since the faults were over
     */
    record Result(List<Verdict> verdicts, long endedNanos, long events) {}

    private final FaultPlan plan;
    private final Rate rate = new Rate();
    private final TcpWorld world;
    private final Flow sender;
    private final Flow receiver;
    private final long[] maxStallNanos;

    /** When what had waited on the path that returns had come, and only new data can come. */
    private final long[] drainedNanos;

    private FaultJudge(FaultPlan plan, Supplier<Scheduler> scheduler, boolean traced) {
        this.plan = plan;
        maxStallNanos = new long[plan.faults().size()];
        drainedNanos = new long[plan.faults().size()];
        sender = new Flow(total -> {});
        receiver = new Flow(this::onRead);
        sender.want(ENDLESS_BYTES);
        world = new TcpWorld(
                plan.cell().paths(),
                plan.cell().control(),
                scheduler,
                plan.cell().seed(),
                traced,
                plan.upload() ? sender : receiver,
                plan.upload() ? receiver : sender);
    }

    private void onRead(long total) {
        rate.add(world.clock.nowNanos(), total - rate.totalBytes());
    }

    static Result judge(FaultPlan plan, Supplier<Scheduler> scheduler) {
        return new FaultJudge(plan, scheduler, false).run();
    }

    /** Runs it again, and returns the last events before it fails, or null if it does not. */
    static String trace(FaultPlan plan, Supplier<Scheduler> scheduler) {
        FaultJudge judge = new FaultJudge(plan, scheduler, true);
        try {
            judge.run();
            return null;
        } catch (AssertionError | RuntimeException e) {
            return judge.world.trace().toString();
        }
    }

    private Result run() {
        for (int i = 0; i < plan.faults().size(); i++) {
            int number = i;
            Fault fault = plan.faults().get(i);
            world.clock.at(fault.atNanos(), () -> strike(number, fault));
        }
        world.run(plan.healedNanos());
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < plan.faults().size(); i++) {
            verdicts.add(verdict(i));
        }
        long endedNanos = end();
        long events = world.clock.executed();
        world.end();
        return new Result(verdicts, endedNanos, events);
    }

    private long end() {
        sender.stop();
        double fastest = plan.cell().paths().stream()
                .mapToDouble(PathSpec::bytesPerSecond)
                .max()
                .orElseThrow();
        double needed = 2 * (sender.writtenBytes() - receiver.readBytes()) / fastest;
        long untilNanos = world.clock.nowNanos() + END_MARGIN_NANOS + (long) (needed * SECOND);
        long healedNanos = world.clock.nowNanos();
        while (receiver.readBytes() < sender.writtenBytes() && world.clock.nowNanos() < untilNanos) {
            world.run(world.clock.nowNanos() + IN_USE_NANOS);
        }
        Simulation.check(!world.hasFailed(), "the session failed: %s", world);
        Simulation.check(
                receiver.readBytes() == sender.writtenBytes(),
                "%,d of %,d bytes have not arrived %.1f s after the last fault: %s",
                sender.writtenBytes() - receiver.readBytes(),
                sender.writtenBytes(),
                (world.clock.nowNanos() - healedNanos) / 1e9,
                world);
        return world.clock.nowNanos() - healedNanos;
    }

    // ---- faults

    private void strike(int number, Fault fault) {
        world.trace().add("%s", fault);
        maxStallNanos[number] = maxStallNanos(fault);
        TcpPath path = world.paths.get(fault.path());
        switch (fault.kind()) {
            case BLACKHOLE -> path.down(true, true, plan.upload());
            case DATA_BLACKHOLE -> path.down(true, false, plan.upload());
            case ACK_BLACKHOLE -> path.down(false, true, plan.upload());
            case RESET -> path.reset();
            case ZOMBIE -> {
                path.toServer.rate(FaultPlan.ZOMBIE_BYTES_PER_SECOND);
                path.toClient.rate(FaultPlan.ZOMBIE_BYTES_PER_SECOND);
            }
            case FLAP -> flap(path, fault);
            case DELAY_JUMP -> {
                path.toServer.delay(path.spec.rttNanos() / 2 + fault.extraDelayNanos());
                path.toClient.delay(path.spec.rttNanos() / 2 + fault.extraDelayNanos());
            }
            case ALL_DOWN -> world.paths.forEach(each -> each.down(true, true, true));
        }
        world.clock.at(fault.endNanos(), () -> {
            world.trace().add("%s is over", fault.kind());
            world.paths.forEach(TcpPath::restore);
            TcpLink link = plan.upload() ? path.toServer : path.toClient;
            drainedNanos[number] = world.clock.nowNanos() + link.queueDelayNanos() + path.spec.rttNanos() / 2;
        });
    }

    private void flap(TcpPath path, Fault fault) {
        for (long at = fault.atNanos(); at < fault.endNanos(); at += 2 * FaultPlan.FLAP_NANOS) {
            world.clock.at(at, () -> path.down(true, true, true));
            world.clock.at(at + FaultPlan.FLAP_NANOS, path::restore);
        }
    }

    /**
     * One and a half times the round trip under load, four times its variance, and 20 ms. The round trip is the longest of all
     * paths in use, since what was lost on one goes over another; TCP has measured it.
     */
    private long maxStallNanos(Fault fault) {
        long rttNanos = 0;
        long varianceNanos = 0;
        for (TcpPath path : world.paths) {
            TcpSender tcp = path.sender(plan.upload());
            if (tcp != null) {
                rttNanos = Math.max(rttNanos, tcp.smoothedRttNanos());
                varianceNanos = path.index == fault.path() ? tcp.rttVarianceNanos() : varianceNanos;
            }
        }
        return rttNanos * 3 / 2 + 4 * varianceNanos + STALL_MARGIN_NANOS + 2 * fault.extraDelayNanos();
    }

    // ---- verdicts

    private Verdict verdict(int number) {
        Fault fault = plan.faults().get(number);
        long nextNanos = number + 1 < plan.faults().size()
                ? plan.faults().get(number + 1).atNanos()
                : plan.healedNanos();
        long watchedUntilNanos = Math.min(nextNanos, fault.endNanos() + 2 * SECOND);
        Rate.Gap gap = rate.longestGap(fault.atNanos(), watchedUntilNanos);
        PathSpec spec = plan.cell().paths().get(fault.path());
        if (fault.kind() == Kind.ALL_DOWN) {
            long after = rate.reachedAfterNanos(fault.endNanos(), nextNanos, 1, Rate.BIN_NANOS);
            long leastRttNanos = plan.cell().paths().stream()
                    .mapToLong(PathSpec::rttNanos)
                    .min()
                    .orElseThrow();
            return new Verdict(plan, fault, 0, 1, after, Math.max(MAX_RESUMED_NANOS, 4 * leastRttNanos));
        }
        long back = world.paths
                .get(fault.path())
                .carried(plan.upload())
                .reachedAfterNanos(
                        drainedNanos[number],
                        nextNanos,
                        Math.min(IN_USE_BYTES_PER_SECOND, spec.bytesPerSecond() / 4),
                        IN_USE_NANOS);
        long maxBack = fault.kind() == Kind.ZOMBIE ? MAX_ZOMBIE_BACK_NANOS : MAX_BACK_NANOS;
        return new Verdict(
                plan,
                fault,
                gap.nanos(),
                maxStallNanos[number],
                back < 0 ? back : back - IN_USE_NANOS + drainedNanos[number] - fault.endNanos(),
                Math.max(maxBack, REDIAL_NANOS + 4 * spec.rttNanos()));
    }
}
