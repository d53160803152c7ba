package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.BoundedRedundancyScheduler;
import dev.multipath.scheduler.CopyingScheduler;
import dev.multipath.scheduler.FrameView;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.RedundantScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.SubflowView;
import dev.multipath.session.Subflow;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What redundancy is worth, and what it costs, over modelled TCP paths. */
@Tag("simulation")
@ExtendWith(TellsSimulatedTime.class)
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
                bulk.run(15 * SECOND);
                long stallNanos = bulk.rate.longestGap(4 * SECOND, 7 * SECOND).nanos();
                double copies = (double) bulk.carriedBytes() / bulk.rate.totalBytes();
                double rate = bulk.rate.bytesPerSecond(9 * SECOND, 15 * SECOND) / slowest(paths);
                System.out.printf(
                        "redundant, %s: stall %d of %d ms, %.3f copies, %.2f of the slower path%n",
                        cell, stallNanos / MILLISECOND, rttNanos[0] / MILLISECOND, copies, rate);
                bulk.world.end();

                assertThat(stallNanos).as("stall, %s", cell).isLessThanOrEqualTo(rttNanos[0]);
                assertThat(copies).as("copies, %s", cell).isLessThanOrEqualTo(2.02);
                // A bbr that looks for its lowest round trip rests for 200 ms in these six seconds.
                assertThat(rate).as("rate, %s", cell).isGreaterThan(0.8);
            }
        }
    }

    private static double slowest(List<PathSpec> paths) {
        return paths.stream().mapToDouble(PathSpec::bytesPerSecond).min().orElseThrow();
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

        /** As the sender has measured it on the slowest path, queues included. */
        long rttUnderLoadNanos() {
            return (upload ? world.client : world.server)
                    .session.subflows().stream()
                            .mapToLong(Subflow::smoothedRttNanos)
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

    /** What each end may copy in advance, as a part of all that is fetched. */
    private static final double ADVANCE = 2.0 * (16 << 10) / (OBJECTS / BULK_EVERY * BULK_BYTES);

    /** How long the small objects took; what was copied as a part of all; and all that was carried more than once. */
    private record Outcome(List<Long> smallNanos, double copied, double repeated) {}

    /** Counts what it copies, at both ends. */
    private static final class Counted implements CopyingScheduler {
        private final CopyingScheduler scheduler =
                new BoundedRedundancyScheduler(new LowestRttScheduler(), BoundedRedundancyScheduler.DEFAULT_BUDGET);
        private final AtomicLong copiedBytes;

        Counted(AtomicLong copiedBytes) {
            this.copiedBytes = copiedBytes;
        }

        @Override
        public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
            return scheduler.select(subflows, offer, nowNanos);
        }

        @Override
        public boolean copies(
                SubflowView subflow, FrameView frame, List<? extends SubflowView> subflows, long nowNanos) {
            boolean copies = scheduler.copies(subflow, frame, subflows, nowNanos);
            copiedBytes.addAndGet(copies ? frame.payloadBytes() : 0);
            return copies;
        }
    }

    private static Outcome fetch(
            TcpControl.Kind control, long seed, Supplier<Scheduler> scheduler, AtomicLong copiedBytes) {
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
        double readBytes = objects.client.readBytes() + objects.server.readBytes();
        long carriedBytes = world.paths.stream()
                .mapToLong(path ->
                        path.carried(false).totalBytes() + path.carried(true).totalBytes())
                .sum();
        world.end();
        return new Outcome(small, copiedBytes.get() / readBytes, carriedBytes / readBytes - 1);
    }

    /**
     * Small objects, each behind its request, and now and then a large one, over two paths that each stand still for a twentieth of the
     * time, a round trip at once. The budget is what the scheduler copies; what is late anyhow is repeated with both schedulers.
     */
    @ParameterizedTest
    @EnumSource
    void shouldBringLateObjectsSoonerWithinItsBudget(TcpControl.Kind control) {
        List<Long> withLowestRtt = new ArrayList<>();
        List<Long> withBounded = new ArrayList<>();
        for (long seed = 1; seed <= 5; seed++) {
            AtomicLong copiedBytes = new AtomicLong();
            Outcome lowestRtt = fetch(control, seed, LowestRttScheduler::new, new AtomicLong());
            Outcome bounded = fetch(control, seed, () -> new Counted(copiedBytes), copiedBytes);
            withLowestRtt.addAll(lowestRtt.smallNanos);
            withBounded.addAll(bounded.smallNanos);
            System.out.printf(
                    "bounded redundancy, %s, seed %d: copied %.1f %%; all that came twice %.1f %%, was %.1f %%%n",
                    control, seed, 100 * bounded.copied, 100 * bounded.repeated, 100 * lowestRtt.repeated);
            assertThat(bounded.copied).isLessThanOrEqualTo(BoundedRedundancyScheduler.DEFAULT_BUDGET + ADVANCE);
        }
        ObjectJudge.Quantiles before = quantiles(withLowestRtt);
        ObjectJudge.Quantiles after = quantiles(withBounded);
        System.out.printf("bounded redundancy, %s: p50/p99 %s ms, was %s ms%n", control, after, before);
        assertThat(after.p99()).isLessThanOrEqualTo(0.7 * before.p99());
        assertThat(after.p50()).isLessThanOrEqualTo(before.p50());
    }

    private static ObjectJudge.Quantiles quantiles(List<Long> nanos) {
        return ObjectJudge.Quantiles.of(nanos.stream().mapToLong(n -> n).toArray());
    }
}
