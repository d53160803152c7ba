package dev.multipath.benchmarks.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;

/** Processes, balancers and sessions in virtual time, one event after the other; what a seed draws, it draws again. */
final class FleetSimulation {

    /** A lost path is dialled at once, and then as {@code RedialBackoff} has it: 250 ms, twice as long each time, to 30 s. */
    private static final double FIRST_WAIT_SECONDS = 0.25;

    private static final double LONGEST_WAIT_SECONDS = 30;
    private static final double RESUMPTION_SECONDS = 60;
    private static final int PATHS = 2;

    private record Event(double time, Runnable action) {}

    private static final class Process {
        private final double knownFrom;
        private final Set<Session> sessions = new HashSet<>();
        private boolean replaced;

        Process(double knownFrom) {
            this.knownFrom = knownFrom;
        }
    }

    private static final class Session {
        private final Process process;
        private int livePaths = PATHS;
        private double withoutPathsSince;
        private boolean over;

        Session(Process process) {
            this.process = process;
        }
    }

    private final FleetPlan plan;
    private final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> Double.compare(a.time, b.time));
    private final List<Process> processes = new ArrayList<>();
    private double[] recoverySeconds = new double[1024];
    private int recoveries;
    private double now;
    private long joins;
    private long misses;
    private long ended;
    private long cut;
    private long starved;

    FleetSimulation(FleetPlan plan, long seed) {
        this.plan = plan;
        random = new SplittableRandom(seed);
    }

    FleetResult run() {
        for (int i = 0; i < plan.servers(); i++) {
            processes.add(new Process(-seconds(plan.mapDelay())));
        }
        for (int i = 0; i < plan.sessions(); i++) {
            open();
        }
        after(seconds(plan.restarts()), () -> restart(0));
        double end = seconds(plan.duration());
        while (!events.isEmpty() && events.peek().time <= end) {
            Event next = events.poll();
            now = next.time;
            next.action.run();
        }
        double[] sorted = Arrays.copyOf(recoverySeconds, recoveries);
        Arrays.sort(sorted);
        return new FleetResult(
                joins, misses, recoveries, quantile(sorted, 0.5), quantile(sorted, 0.99), ended, cut, starved);
    }

    private static double quantile(double[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) (share * (sorted.length - 1))];
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    private void after(double seconds, Runnable action) {
        events.add(new Event(now + seconds, action));
    }

    private double exponential(Duration mean) {
        return -Math.log(1 - random.nextDouble()) * seconds(mean);
    }

    /** One in, one out: a session that ends is followed by another, anywhere. */
    private void open() {
        Process process = processes.get(random.nextInt(processes.size()));
        Session session = new Session(process);
        process.sessions.add(session);
        after(exponential(plan.sessionLife()), () -> {
            if (!session.over) {
                ended++;
                end(session);
            }
        });
        for (int i = 0; i < PATHS; i++) {
            after(exponential(plan.pathLife()), () -> lose(session));
        }
    }

    private void end(Session session) {
        session.over = true;
        session.process.sessions.remove(session);
        open();
    }

    private void lose(Session session) {
        if (session.over) {
            return;
        }
        if (--session.livePaths == 0) {
            session.withoutPathsSince = now;
        }
        join(session, now, FIRST_WAIT_SECONDS);
    }

    private void join(Session session, double lostAt, double wait) {
        if (session.over) {
            return;
        }
        if (session.livePaths == 0 && now - session.withoutPathsSince > RESUMPTION_SECONDS) {
            starved++;
            end(session);
            return;
        }
        joins++;
        if (finds(session.process)) {
            session.livePaths++;
            recovered(now - lostAt);
            after(exponential(plan.pathLife()), () -> lose(session));
        } else {
            misses++;
            // With the jitter that real ones have.
            double pause = wait * (0.5 + random.nextDouble());
            after(pause, () -> join(session, lostAt, Math.min(2 * wait, LONGEST_WAIT_SECONDS)));
        }
    }

    private boolean finds(Process process) {
        boolean known = plan.routing() == Routing.BY_NAME
                && now >= process.knownFrom + random.nextDouble() * seconds(plan.mapDelay());
        // What shares a port leaves it at once when it drains; behind a balancer it stays, for who knows its name.
        return known || (!process.replaced && random.nextInt(plan.servers()) == 0);
    }

    private void recovered(double seconds) {
        if (recoveries == recoverySeconds.length) {
            recoverySeconds = Arrays.copyOf(recoverySeconds, 2 * recoveries);
        }
        recoverySeconds[recoveries++] = seconds;
    }

    /** A new process takes the place; the old one is still found by its sessions until its drain is over. */
    private void restart(int place) {
        Process old = processes.set(place, new Process(now));
        old.replaced = true;
        after(seconds(plan.drain()), () -> {
            for (Session session : List.copyOf(old.sessions)) {
                cut++;
                end(session);
            }
        });
        after(seconds(plan.restarts()), () -> restart((place + 1) % plan.servers()));
    }
}
