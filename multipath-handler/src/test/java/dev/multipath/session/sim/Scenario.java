package dev.multipath.session.sim;

import dev.multipath.codec.DataFrame;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.session.ExtendedConfig;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.PathModel.FaultKind;
import dev.multipath.session.sim.Traffic.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * All that a simulation depends on besides the random numbers drawn while it runs.
 *
 * @param seed from which everything is drawn
 * @param startNanos the clock's first value
 * @param paths one to four
 * @param clientConfig the client session's
 * @param serverConfig the server session's
 * @param roundRobin whether the schedulers take turns instead of preferring the lowest round-trip time
 * @param clientTraffic what the client's application does
 * @param serverTraffic what the server's application does
 * @param goWindowFrames how far ahead of its application a server reads that is like Go's; 0 for one of our own
 * @param readBatchFrames how many frames are read from a connection before anything is sent
 * @param closing how it ends
 */
record Scenario(
        long seed,
        long startNanos,
        List<PathModel> paths,
        SessionConfig clientConfig,
        SessionConfig serverConfig,
        boolean roundRobin,
        Traffic clientTraffic,
        Traffic serverTraffic,
        int goWindowFrames,
        int readBatchFrames,
        Closing closing) {

    /** How a simulation ends. */
    enum Closing {
        /** Both ends close after everything has come to rest. */
        AT_REST,
        /** The client closes as soon as its application has written and read everything. */
        CLIENT_WHEN_DONE,
        /** The server does. */
        SERVER_WHEN_DONE
    }

    private static final int MAX_PATHS = 4;
    private static final int MAX_FAULTS = 8;
    private static final long MIN_TOTAL_BYTES = 1 << 10;
    private static final long MAX_TOTAL_BYTES = 8 << 20;
    /** More frames say nothing new and take long. */
    private static final long MAX_WRITES = 10_000;

    /** The real one, and smaller ones that drop more often. */
    private static final int[] GO_WINDOWS_FRAMES = {32, 512, 4096};

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1_000 * MILLISECOND;

    /** Virtual time is free, and a close must never be cut short by it. */
    private static final Duration LINGER = Duration.ofHours(10);

    /** The base profile at both ends, one of them perhaps like Go's. */
    static Scenario of(long seed) {
        return of(seed, ExtendedConfig.DISABLED, ExtendedConfig.DISABLED);
    }

    /** The extended profile at both ends. */
    static Scenario ofExtended(long seed) {
        SplittableRandom random = new SplittableRandom(~seed);
        return of(seed, extended(random), extended(random));
    }

    /** The base profile at one end. */
    static Scenario ofMixed(long seed) {
        SplittableRandom random = new SplittableRandom(~seed);
        boolean clientIsExtended = random.nextBoolean();
        return of(
                seed,
                clientIsExtended ? extended(random) : ExtendedConfig.DISABLED,
                clientIsExtended ? ExtendedConfig.DISABLED : extended(random));
    }

    private static ExtendedConfig extended(SplittableRandom random) {
        return new ExtendedConfig(true, false, LINGER, (int) logarithmic(random, 64 << 10, 1 << 20), LINGER, 16);
    }

    boolean extended() {
        return clientConfig.extended().enabled() && serverConfig.extended().enabled();
    }

    private static Scenario of(long seed, ExtendedConfig clientExtended, ExtendedConfig serverExtended) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean echo = random.nextInt(6) == 0;
        boolean oneWay = !echo && random.nextInt(3) == 0;
        boolean goLike = oneWay && random.nextBoolean() && !serverExtended.enabled();
        Traffic client = traffic(random, totalBytes(random), false);
        Traffic server = traffic(random, echo ? client.totalBytes() : oneWay ? 0 : totalBytes(random), echo);
        List<PathModel> paths = paths(random, client.totalBytes() + server.totalBytes());
        return new Scenario(
                seed,
                random.nextBoolean() ? 0 : random.nextLong(1L << 50),
                paths,
                config(random, clientExtended),
                config(random, serverExtended),
                random.nextInt(3) == 0,
                client,
                server,
                goLike ? GO_WINDOWS_FRAMES[random.nextInt(GO_WINDOWS_FRAMES.length)] : 0,
                (int) logarithmic(random, 1, 64),
                Closing.values()[random.nextInt(Closing.values().length - (goLike ? 1 : 0))]);
    }

    Scheduler scheduler() {
        return roundRobin ? new RoundRobinScheduler() : new LowestRttScheduler();
    }

    /** Whether nothing gets in the way of a sender: no faults, no slow reader, no small window. */
    boolean isCalm() {
        return paths.stream().allMatch(path -> path.faults().isEmpty())
                && clientTraffic.reading() == Reading.EAGER
                && serverTraffic.reading() == Reading.EAGER
                && !serverTraffic.echo()
                && goWindowFrames == 0;
    }

    static long totalBytes(RandomGenerator random) {
        return logarithmic(random, MIN_TOTAL_BYTES, MAX_TOTAL_BYTES);
    }

    static Traffic traffic(RandomGenerator random, long wantedBytes, boolean echo) {
        // An echo has to answer all that comes, so its writes are not the smallest.
        long fewest = echo ? Math.max(1, wantedBytes / MAX_WRITES) : 1;
        int largest = (int) logarithmic(random, fewest, ByteStream.MAX_PIECE_BYTES);
        int smallest = (int) Math.max(1, Math.min(largest, logarithmic(random, 1, ByteStream.MAX_PIECE_BYTES)));
        long totalBytes = echo ? wantedBytes : Math.min(wantedBytes, MAX_WRITES * largest / 3);
        Reading reading = Reading.values()[Math.max(0, random.nextInt(Reading.values().length + 2) - 2)];
        return new Traffic(
                totalBytes,
                smallest,
                largest,
                (int) logarithmic(random, 1, 100),
                random.nextInt(3) > 0 ? 0 : logarithmic(random, MILLISECOND, 50 * MILLISECOND),
                reading,
                (int) logarithmic(random, 64 << 10, 1 << 20),
                reading == Reading.SLOW
                        ? logarithmic(random, MILLISECOND, SECOND / 4)
                        : logarithmic(random, 10 * MILLISECOND, 30 * SECOND),
                echo);
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
        int count = 1 + random.nextInt(MAX_PATHS);
        // So that most faults strike while there is something to disturb.
        long slowestRate = logarithmic(random, 20_000, 10_000_000);
        long roughDurationNanos = Math.max(SECOND / 10, (long) (bytes * 1e9 / (slowestRate * count)));
        boolean faulty = random.nextInt(8) > 0;
        List<PathModel> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long delayNanos = logarithmic(random, MILLISECOND / 20, SECOND);
            paths.add(new PathModel(
                    slowestRate * logarithmic(random, 1, 20),
                    delayNanos,
                    random.nextBoolean() ? 0 : random.nextLong(delayNanos),
                    logarithmic(random, 8 << 10, 1 << 20),
                    logarithmic(random, 32 << 10, 4 << 20),
                    faulty ? faults(random, roughDurationNanos) : List.of()));
        }
        return List.copyOf(paths);
    }

    private static List<Fault> faults(RandomGenerator random, long roughDurationNanos) {
        List<FaultKind> mix = mix(random, FaultKind.values());
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
        return List.copyOf(faults);
    }

    /** Some kinds, none of the others: what many kinds hide from each other, the swarm of the mixes shows. */
    static <K> List<K> mix(RandomGenerator random, K[] kinds) {
        List<K> mix = new ArrayList<>(List.of(kinds));
        mix.removeIf(kind -> random.nextBoolean());
        return mix.isEmpty() ? List.of(kinds) : mix;
    }

    /** From low to high, every order of magnitude alike. */
    static long logarithmic(RandomGenerator random, long low, long high) {
        return Math.round(low * Math.pow((double) high / low, random.nextDouble()));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("seed " + seed + "\n");
        paths.forEach(path -> text.append("  path    ").append(path).append('\n'));
        return text.append("  client  " + clientConfig + "\n          " + clientTraffic + "\n")
                .append("  server  " + serverConfig + "\n          " + serverTraffic + "\n")
                .append(goWindowFrames > 0 ? "  server is Go-like, window " + goWindowFrames + "\n" : "")
                .append("  " + (roundRobin ? "round robin" : "lowest RTT") + ", " + readBatchFrames
                        + " frames a read, closing " + closing + ", start " + startNanos)
                .toString();
    }
}
