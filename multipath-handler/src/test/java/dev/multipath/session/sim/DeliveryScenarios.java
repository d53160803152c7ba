package dev.multipath.session.sim;

import static dev.multipath.session.sim.Draws.MILLISECOND;
import static dev.multipath.session.sim.Draws.SECOND;
import static dev.multipath.session.sim.Draws.logarithmic;

import dev.multipath.codec.DataFrame;
import dev.multipath.session.ExtendedConfig;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.sim.EndPlan.Ending;
import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.PathModel.FaultKind;
import dev.multipath.session.sim.Scenario.Delivery;
import dev.multipath.session.sim.Traffic.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Scenarios in which all is delivered. */
final class DeliveryScenarios {

    /** How such a simulation ends. */
    private enum Closing {
        /** Both ends close after everything has come to rest. */
        AT_REST(Ending.CLOSE_AT_REST, Ending.CLOSE_AT_REST),
        /** The client closes as soon as its application has written and read everything. */
        CLIENT_WHEN_DONE(Ending.CLOSE_WHEN_DONE, Ending.CLOSE_AT_REST),
        /** The server does. */
        SERVER_WHEN_DONE(Ending.CLOSE_AT_REST, Ending.CLOSE_WHEN_DONE);

        private final Ending ofClient;
        private final Ending ofServer;

        Closing(Ending ofClient, Ending ofServer) {
            this.ofClient = ofClient;
            this.ofServer = ofServer;
        }
    }

    private static final int MAX_FAULTS = 8;
    private static final long MIN_TOTAL_BYTES = 1 << 10;
    private static final long MAX_TOTAL_BYTES = 8 << 20;

    /** The real one, and smaller ones that drop more often. */
    private static final int[] GO_WINDOWS_FRAMES = {32, 512, 4096};

    /** Virtual time is free, and a close must never be cut short by it. */
    private static final Duration LINGER = Duration.ofHours(10);

    private DeliveryScenarios() {}

    /** The base profile at both ends, one of them perhaps like Go's. */
    static Scenario base(long seed) {
        return of(seed, ExtendedConfig.DISABLED, ExtendedConfig.DISABLED);
    }

    /** The extended profile at both ends. */
    static Scenario extended(long seed) {
        SplittableRandom random = new SplittableRandom(~seed);
        return of(seed, extended(random), extended(random));
    }

    /** The base profile at one end. */
    static Scenario mixed(long seed) {
        SplittableRandom random = new SplittableRandom(~seed);
        boolean clientIsExtended = random.nextBoolean();
        return of(
                seed,
                clientIsExtended ? extended(random) : ExtendedConfig.DISABLED,
                clientIsExtended ? ExtendedConfig.DISABLED : extended(random));
    }

    private static ExtendedConfig extended(SplittableRandom random) {
        return new ExtendedConfig(true, false, LINGER, (int) logarithmic(random, 64 << 10, 1 << 20), LINGER, 16, false);
    }

    private static Scenario of(long seed, ExtendedConfig clientExtended, ExtendedConfig serverExtended) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean echo = random.nextInt(6) == 0;
        boolean oneWay = !echo && random.nextInt(3) == 0;
        boolean goLike = oneWay && random.nextBoolean() && !serverExtended.enabled();
        Traffic client = Draws.traffic(random, totalBytes(random), false);
        Traffic server = Draws.traffic(random, echo ? client.totalBytes() : oneWay ? 0 : totalBytes(random), echo);
        List<PathModel> paths = paths(random, client.totalBytes() + server.totalBytes());
        long startNanos = Draws.startNanos(random);
        SessionConfig clientConfig = config(random, clientExtended);
        SessionConfig serverConfig = config(random, serverExtended);
        boolean roundRobin = random.nextInt(3) == 0;
        int goWindowFrames = goLike ? GO_WINDOWS_FRAMES[random.nextInt(GO_WINDOWS_FRAMES.length)] : 0;
        int readBatchFrames = (int) logarithmic(random, 1, 64);
        Closing closing = Closing.values()[random.nextInt(Closing.values().length - (goLike ? 1 : 0))];
        return new Scenario(
                seed,
                startNanos,
                paths,
                new EndPlan(clientConfig, client, closing.ofClient, 0, List.of()),
                new EndPlan(serverConfig, server, closing.ofServer, 0, List.of()),
                roundRobin,
                readBatchFrames,
                new Delivery(goWindowFrames));
    }

    /** Whether nothing gets in the way of a sender: no faults, no slow reader, no small window. */
    static boolean isCalm(Scenario scenario) {
        Traffic client = scenario.client().traffic();
        Traffic server = scenario.server().traffic();
        return scenario.isUndisturbed()
                && client.reading() == Reading.EAGER
                && server.reading() == Reading.EAGER
                && !server.echo()
                && scenario.course().equals(new Delivery(0));
    }

    private static long totalBytes(RandomGenerator random) {
        return logarithmic(random, MIN_TOTAL_BYTES, MAX_TOTAL_BYTES);
    }

    private static SessionConfig config(SplittableRandom random, ExtendedConfig extended) {
        return new SessionConfig(
                (int) logarithmic(random, 4 << 10, 16 << 20),
                (int) logarithmic(random, DataFrame.MAX_PAYLOAD_BYTES, 16 << 20),
                (int) logarithmic(random, 1 << 10, DataFrame.MAX_PAYLOAD_BYTES),
                LINGER,
                Duration.ofMillis(logarithmic(random, 500, 60_000)),
                extended);
    }

    private static List<PathModel> paths(SplittableRandom random, long bytes) {
        int count = 1 + random.nextInt(Draws.MAX_PATHS);
        // So that most faults strike while there is something to disturb.
        long slowestRate = logarithmic(random, 20_000, 10_000_000);
        long roughDurationNanos = Math.max(SECOND / 10, (long) (bytes * 1e9 / (slowestRate * count)));
        boolean faulty = random.nextInt(8) > 0;
        List<PathModel> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PathModel path = Draws.path(random, slowestRate, SECOND);
            paths.add(faulty ? path.withFaults(faults(random, roughDurationNanos)) : path);
        }
        return List.copyOf(paths);
    }

    private static List<Fault> faults(RandomGenerator random, long roughDurationNanos) {
        List<FaultKind> mix = Draws.mix(random, FaultKind.values());
        List<Fault> faults = new ArrayList<>();
        int count = random.nextInt(MAX_FAULTS + 1);
        for (int i = 0; i < count; i++) {
            faults.add(new Fault(
                    mix.get(random.nextInt(mix.size())),
                    random.nextLong(roughDurationNanos),
                    logarithmic(random, 10 * MILLISECOND, 30 * SECOND),
                    random.nextBoolean() ? 0 : logarithmic(random, MILLISECOND, 20 * SECOND),
                    random.nextBoolean() ? 0 : logarithmic(random, MILLISECOND, 20 * SECOND),
                    random.nextBoolean()));
        }
        return faults;
    }
}
