package dev.multipath.session.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * One set of paths, with what is below them and the seed of what is random.
 *
 * @param name of the named ones, else the seed
 */
record Cell(String name, List<PathSpec> paths, TcpControl.Kind control, long seed) {

    /** The rows of the table: Mbit/s, then the round trip in milliseconds. */
    static final Map<String, List<PathSpec>> NAMED = Map.ofEntries(
            Map.entry("100/5+2/600", List.of(PathSpec.of(100, 5), PathSpec.of(2, 600))),
            Map.entry("30/15+12/60+3/300", List.of(PathSpec.of(30, 15), PathSpec.of(12, 60), PathSpec.of(3, 300))),
            Map.entry("S1", List.of(PathSpec.of(50, 40), PathSpec.of(50, 40))),
            Map.entry("S2", List.of(PathSpec.of(80, 20), PathSpec.of(20, 100))),
            Map.entry("S3", List.of(PathSpec.of(50, 10), PathSpec.of(10, 200))),
            Map.entry("S4", List.of(PathSpec.of(50, 40), PathSpec.of(50, 40).withLoss(0.01))),
            Map.entry("S5", List.of(PathSpec.of(50, 40), PathSpec.of(50, 40))),
            Map.entry("bloat", List.of(new PathSpec(50, 40, 2000, 0, 0), new PathSpec(20, 60, 2000, 0, 0))),
            Map.entry(
                    "S6", List.of(PathSpec.of(25, 30), PathSpec.of(25, 30), PathSpec.of(25, 30), PathSpec.of(25, 30))));

    private static final double MAX_RATE_RATIO = 50;
    private static final double MAX_RTT_RATIO = 120;
    private static final double MAX_STALL_SHARE = 0.05;

    /** One of the named, or else paths as one writes them down: Mbit/s, round trip in ms and loss in %, as in 50/10+10/200/1.5. */
    static Cell named(String name, TcpControl.Kind control, long seed) {
        List<PathSpec> paths = NAMED.get(name);
        return new Cell(name, paths == null ? PathSpec.parse(name) : paths, control, seed);
    }

    /** Two to four paths; ratios are drawn logarithmically, so that small ones are as frequent as large ones. */
    static Cell random(long seed) {
        return random(seed, MAX_RATE_RATIO, MAX_RTT_RATIO);
    }

    static Cell random(long seed, double maxRateRatio, double maxRttRatio) {
        // Seeds that follow each other must not look alike.
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L);
        int count = 2 + random.nextInt(3);
        double slowest = logarithmic(random, 1, 10);
        double nearest = logarithmic(random, 2, 40);
        List<PathSpec> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double rttMillis = Math.min(nearest * logarithmic(random, 1, maxRttRatio), 800);
            paths.add(new PathSpec(
                    slowest * logarithmic(random, 1, Math.min(maxRateRatio, 200 / slowest)),
                    rttMillis,
                    logarithmic(random, 20, 300),
                    0,
                    random.nextInt(3) > 0 ? 0 : random.nextDouble() * MAX_STALL_SHARE));
        }
        TcpControl.Kind control = random.nextBoolean() ? TcpControl.Kind.BBR : TcpControl.Kind.CUBIC;
        return new Cell("seed " + seed, List.copyOf(paths), control, seed);
    }

    private static double logarithmic(SplittableRandom random, double from, double to) {
        return from * Math.exp(random.nextDouble() * Math.log(to / from));
    }

    double rttRatio() {
        double least = paths.stream().mapToDouble(PathSpec::rttMillis).min().orElseThrow();
        return paths.stream().mapToDouble(PathSpec::rttMillis).max().orElseThrow() / least;
    }

    /** Whether a queue would take a second. */
    boolean hasLongQueues() {
        return paths.stream().anyMatch(path -> path.queueMillis() >= 1000);
    }

    List<SplittableRandom> pathRandoms() {
        return TcpWorld.pathRandoms(paths.size(), seed);
    }

    String describePaths() {
        return paths.stream().map(PathSpec::toString).collect(Collectors.joining(" + "));
    }
}
