package dev.multipath.session.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How much time has passed in this JVM's simulated worlds, and how much in its own meanwhile. Each test class that simulates tells it
 * when it is done: by a line in the build's output, and by a file for who adds up ({@code .ci/simulated-time}).
 */
final class SimulatedTime {

    private static final Path DIRECTORY = Path.of("target", "simulated-time");

    private static long simulatedNanos;
    private static long startedAtNanos = System.nanoTime();

    private SimulatedTime() {}

    /** A world's clock has gone on. */
    static void pass(long nanos) {
        simulatedNanos += nanos;
    }

    /** A test class begins. */
    static void start() {
        simulatedNanos = 0;
        startedAtNanos = System.nanoTime();
    }

    /** It has ended. */
    static void tell(Class<?> test) {
        double simulated = simulatedNanos / 1e9;
        double real = (System.nanoTime() - startedAtNanos) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "simulated time: %s: %.1f hours in %.1f s, %.0f hours each hour%n",
                test.getSimpleName(),
                simulated / 3600,
                real,
                simulated / real);
        try {
            Files.createDirectories(DIRECTORY);
            Files.writeString(
                    DIRECTORY.resolve(test.getSimpleName() + ".txt"),
                    String.format(Locale.ROOT, "%.3f %.3f%n", simulated, real));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
