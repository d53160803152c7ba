package dev.multipath.session.sim;

import static dev.multipath.session.sim.Draws.MILLISECOND;
import static dev.multipath.session.sim.Draws.SECOND;
import static dev.multipath.session.sim.Draws.logarithmic;

import dev.multipath.codec.DataFrame;
import dev.multipath.session.ExtendedConfig;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.sim.EndPlan.Action;
import dev.multipath.session.sim.EndPlan.ActionKind;
import dev.multipath.session.sim.EndPlan.Ending;
import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.PathModel.FaultKind;
import dev.multipath.session.sim.Scenario.Eventful;
import dev.multipath.session.sim.Traffic.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Scenarios in which anything happens: see {@link Scenario.Eventful}. */
final class EventfulScenarios {

    /** As long as TCP goes on sending into a void: the end that is not told learns it then. */
    static final long NEVER_NANOS = 900_000_000_000L;

    static final int USUAL_FRAME_BYTES = 16 << 10;
    private static final int BULK_BYTES = 256 << 10;

    private static final int MAX_FAULTS = 5;
    private static final int MAX_ACTIONS = 8;
    private static final long MAX_TOTAL_BYTES = 1 << 20;

    private EventfulScenarios() {}

    static Scenario of(long seed) {
        return of(seed, new SplittableRandom(seed));
    }

    /** One of which somebody else chooses everything. */
    static Scenario of(long seed, RandomGenerator random) {
        long clientBytes = random.nextInt(4) == 0 ? 0 : logarithmic(random, 1 << 10, MAX_TOTAL_BYTES);
        long serverBytes = random.nextInt(4) == 0 ? 0 : logarithmic(random, 1 << 10, MAX_TOTAL_BYTES);
        boolean calm = random.nextInt(8) == 0;
        boolean bulk = calm && random.nextBoolean();
        boolean rests = calm || random.nextInt(3) == 0;
        // So that most of what happens does so while there is something to disturb.
        long slowestRate = logarithmic(random, 20_000, 10_000_000);
        int count = 1 + random.nextInt(Draws.MAX_PATHS);
        long roughNanos = Math.max(SECOND / 2, (long) ((clientBytes + serverBytes) * 1e9 / (slowestRate * count)));
        List<PathModel> paths = paths(random, count, slowestRate, calm ? 0 : roughNanos);
        List<Fault> outages = calm ? List.of() : outages(random, roughNanos);
        Duration joinTimeout = Duration.ofNanos(20 * slowestDelayNanos(paths) + 5 * SECOND);
        EndPlan client = plan(random, clientBytes, roughNanos, joinTimeout, calm, bulk, rests);
        EndPlan server = plan(random, serverBytes, roughNanos, joinTimeout, calm, bulk, rests);
        if (client.ending() == Ending.CLOSE_AFTER_INPUT && server.ending() == Ending.CLOSE_AFTER_INPUT) {
            // Each would wait for the other.
            server = new EndPlan(server.config(), server.traffic(), Ending.HALF_CLOSE, 0, server.actions());
        }
        long startNanos = Draws.startNanos(random);
        boolean roundRobin = random.nextInt(3) == 0;
        int readBatchFrames = (int) logarithmic(random, 1, 64);
        long horizonNanos = 2 * roughNanos + 20 * SECOND + (calm ? 0 : random.nextLong(60 * SECOND));
        return new Scenario(
                seed,
                startNanos,
                paths,
                client,
                server,
                roundRobin,
                readBatchFrames,
                new Eventful(outages, rests, bulk, horizonNanos));
    }

    private static long slowestDelayNanos(List<PathModel> paths) {
        return paths.stream()
                .mapToLong(path -> path.delayNanos() + path.jitterNanos())
                .max()
                .orElseThrow();
    }

    private static List<PathModel> paths(RandomGenerator random, int count, long slowestRate, long roughNanos) {
        List<PathModel> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PathModel path = Draws.path(random, slowestRate, SECOND / 2);
            paths.add(roughNanos > 0 ? path.withFaults(faults(random, roughNanos)) : path);
        }
        return List.copyOf(paths);
    }

    private static List<Fault> faults(RandomGenerator random, long roughNanos) {
        List<Fault> faults = new ArrayList<>();
        List<FaultKind> mix = Draws.mix(random, FaultKind.values());
        int count = random.nextInt(MAX_FAULTS + 1);
        for (int i = 0; i < count; i++) {
            FaultKind kind = random.nextInt(3) == 0 ? FaultKind.DEATH : mix.get(random.nextInt(mix.size()));
            faults.add(fault(random, kind, roughNanos, 30 * SECOND));
        }
        return List.copyOf(faults);
    }

    private static List<Fault> outages(RandomGenerator random, long roughNanos) {
        List<Fault> outages = new ArrayList<>();
        int count = Math.max(0, random.nextInt(5) - 2);
        for (int i = 0; i < count; i++) {
            outages.add(fault(random, FaultKind.DEATH, roughNanos, 120 * SECOND));
        }
        return List.copyOf(outages);
    }

    private static Fault fault(RandomGenerator random, FaultKind kind, long roughNanos, long longestNanos) {
        return new Fault(
                kind,
                random.nextLong(roughNanos),
                logarithmic(random, 10 * MILLISECOND, longestNanos),
                random.nextBoolean() ? 0 : logarithmic(random, MILLISECOND, 20 * SECOND),
                switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> NEVER_NANOS;
                    default -> logarithmic(random, MILLISECOND, 60 * SECOND);
                },
                random.nextBoolean());
    }

    private static EndPlan plan(
            RandomGenerator random,
            long bytes,
            long roughNanos,
            Duration joinTimeout,
            boolean calm,
            boolean bulk,
            boolean rests) {
        Traffic traffic = Draws.traffic(random, bytes, false);
        if (bulk) {
            traffic = new Traffic(
                    Math.max(bytes, BULK_BYTES), USUAL_FRAME_BYTES, BULK_BYTES, 100, 0, Reading.EAGER, 1, 1, false);
        } else if (calm) {
            traffic = new Traffic(
                    traffic.totalBytes(),
                    traffic.minWriteBytes(),
                    traffic.maxWriteBytes(),
                    traffic.writesInARow(),
                    traffic.thinkNanos(),
                    Reading.EAGER,
                    traffic.quantumBytes(),
                    traffic.intervalNanos(),
                    false);
        }
        int choice = random.nextInt(12);
        Ending ending =
                switch (rests ? choice % 2 : choice) {
                    case 1, 2 -> Ending.CLOSE_AFTER_INPUT;
                    case 3, 4 -> Ending.CLOSE_WHEN_WRITTEN;
                    case 5, 6 -> Ending.CLOSE_AT;
                    case 7 -> Ending.ABORT_AT;
                    default -> Ending.HALF_CLOSE;
                };
        return new EndPlan(
                config(random, joinTimeout, bulk, rests),
                traffic,
                ending,
                random.nextLong(2 * roughNanos),
                actions(random, roughNanos, calm));
    }

    private static SessionConfig config(RandomGenerator random, Duration joinTimeout, boolean bulk, boolean rests) {
        Duration resumption =
                Duration.ofMillis(random.nextInt(8) == 0 ? 0 : rests ? 600_000 : logarithmic(random, 500, 60_000));
        int receiveBufferBytes = (int) logarithmic(random, DataFrame.MAX_PAYLOAD_BYTES, 4 << 20);
        return new SessionConfig(
                (int) logarithmic(random, bulk ? 512 << 10 : 4 << 10, 2 << 20),
                receiveBufferBytes,
                (int) logarithmic(random, bulk ? USUAL_FRAME_BYTES : 1 << 10, DataFrame.MAX_PAYLOAD_BYTES),
                random.nextInt(4) == 0 && !rests
                        ? Duration.ofMillis(logarithmic(random, 100, 30_000))
                        : Duration.ofHours(10),
                Duration.ofMillis(logarithmic(random, 500, 60_000)),
                new ExtendedConfig(
                        true,
                        random.nextBoolean(),
                        resumption,
                        (int) logarithmic(random, 64 << 10, 1 << 20),
                        joinTimeout,
                        16,
                        false));
    }

    private static List<Action> actions(RandomGenerator random, long roughNanos, boolean calm) {
        List<Action> actions = new ArrayList<>();
        List<ActionKind> mix = Draws.mix(random, ActionKind.values());
        int count = Math.max(0, random.nextInt(2 * MAX_ACTIONS) - MAX_ACTIONS);
        for (int i = 0; i < count; i++) {
            ActionKind kind = mix.get(random.nextInt(mix.size()));
            if (!calm || kind != ActionKind.CLOSE_SUBFLOW) {
                actions.add(new Action(kind, random.nextLong(2 * roughNanos), random.nextInt(1 << 20)));
            }
        }
        return List.copyOf(actions);
    }
}
