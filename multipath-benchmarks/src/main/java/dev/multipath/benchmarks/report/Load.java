package dev.multipath.benchmarks.report;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How busy a machine is.
 *
 * @param average the runnable threads of the last minute, or less than 0 if that is not known
 * @param share what the processors do now, 0 to 1
 */
record Load(double average, double share) {

    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /** Of the processors' time: what a JVM, and a shell around it, do besides. */
    private static final double MAX_SHARE = 0.25;

    /** The average remembers what has just ended, a build's tests for one: so if it is high, the processors are looked at for a second. */
    static Load now() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        double average = system.getSystemLoadAverage();
        if (average <= CORES) {
            return new Load(average, 0);
        }
        system.getCpuLoad();
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Load(average, system.getCpuLoad());
    }

    /** Why nothing that is measured now should be used. */
    Optional<String> doubt() {
        return average > CORES && share > MAX_SHARE
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "the load was %.1f on %d cores at the start, and %.0f %% of their time was taken",
                        average,
                        CORES,
                        100 * share))
                : Optional.empty();
    }
}
