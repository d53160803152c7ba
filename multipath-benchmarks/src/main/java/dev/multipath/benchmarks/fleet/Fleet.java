package dev.multipath.benchmarks.fleet;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Simulates a fleet that is restarted one process after the other, once by names and once by chance. */
@Command(
        name = "fleet",
        mixinStandardHelpOptions = true,
        description = "Joins in a fleet of servers behind balancers, while processes are restarted: on paper.")
public final class Fleet implements Callable<Integer> {

    @Option(names = "--servers", defaultValue = "1000", description = "processes (${DEFAULT-VALUE})")
    private int servers;

    @Option(names = "--sessions", defaultValue = "100000", description = "open at a time (${DEFAULT-VALUE})")
    private int sessions;

    @Option(names = "--minutes", defaultValue = "60", description = "of virtual time (${DEFAULT-VALUE})")
    private int minutes;

    @Option(names = "--seed", defaultValue = "1", description = "of all that is random (${DEFAULT-VALUE})")
    private long seed;

    @Override
    public Integer call() {
        System.out.println(
                "| joins find their server | joins | miss | back again, median | p99 | ended | cut | starved |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Routing routing : Routing.values()) {
            FleetResult result = new FleetSimulation(
                            new FleetPlan(
                                    servers,
                                    sessions,
                                    routing,
                                    Duration.ofMinutes(2),
                                    Duration.ofMinutes(5),
                                    Duration.ofSeconds(10),
                                    Duration.ofSeconds(3),
                                    Duration.ofMinutes(5),
                                    Duration.ofMinutes(minutes)),
                            seed)
                    .run();
            System.out.printf(
                    "| %s | %d | %.4f %% | %.2f s | %.2f s | %d | %d | %d |%n",
                    routing,
                    result.joins(),
                    100 * result.missShare(),
                    result.medianSeconds(),
                    result.p99Seconds(),
                    result.ended(),
                    result.cut(),
                    result.starved());
        }
        return 0;
    }
}
