package dev.multipath.session.sim;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Frame;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.session.sim.Scenario.Delivery;
import dev.multipath.session.sim.Scenario.Eventful;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Runs a scenario to its end and checks on the way. What holds in each: every byte once and in order, bounded memory, nothing
 * acknowledged that the peer has not, no storm of events, every buffer released. What else must hold is the matter of its
 * course, which is the subclass.
 */
abstract class Simulation {

    static final long MAX_JOIN_DELAY_NANOS = 500_000_000;

    /** More than there are faults that could spoil one each. */
    private static final int MAX_ATTEMPTS = 10;

    final Scenario scenario;
    final EventQueue clock;
    final Trace trace;
    final SplittableRandom random;

    /** Both from {@link #start} on. */
    Direction upwards;

    Direction downwards;

    private final CountingAllocator allocator = new CountingAllocator();
    private final long maxEvents;

    Simulation(Scenario scenario, boolean traced, long maxEvents) {
        this.scenario = scenario;
        this.maxEvents = maxEvents;
        clock = new EventQueue(scenario.startNanos());
        trace = new Trace(clock, traced);
        // Another stream than the scenario was drawn from.
        random = new SplittableRandom(~scenario.seed());
    }

    private static Simulation of(Scenario scenario, int attempt, boolean traced, UnaryOperator<Frame> wire) {
        return scenario.course() instanceof Eventful eventful
                ? new EventfulSimulation(scenario, eventful, attempt, traced, wire)
                : new DeliverySimulation(scenario, (Delivery) scenario.course(), traced, wire);
    }

    /** Fails with an {@link AssertionError} that says what is wrong. */
    static void check(boolean condition, String whatIsWrong, Object... arguments) {
        if (!condition) {
            throw new AssertionError(String.format(whatIsWrong, arguments));
        }
    }

    static SimulationResult run(Scenario scenario) {
        return run(scenario, UnaryOperator.identity());
    }

    /** The same over a wire that changes frames, to see whether the checks notice. */
    static SimulationResult run(Scenario scenario, UnaryOperator<Frame> wire) {
        for (int attempt = 0; ; attempt++) {
            SimulationResult result = of(scenario, attempt, false, wire).run();
            if (result != null) {
                return result;
            }
            check(attempt < MAX_ATTEMPTS, "no session although nothing is wrong");
        }
    }

    /** Runs it again, and returns the last events before it fails, or null if it does not. */
    static String trace(Scenario scenario) {
        for (int attempt = 0; ; attempt++) {
            Simulation simulation = of(scenario, attempt, true, UnaryOperator.identity());
            try {
                if (simulation.run() != null) {
                    return null;
                }
            } catch (AssertionError | RuntimeException e) {
                return simulation.trace.toString();
            }
            if (attempt == MAX_ATTEMPTS) {
                return simulation.trace.toString();
            }
        }
    }

    // ---- what the course does

    abstract Peer client();

    abstract Peer server();

    /** Runs to the end; null if the client's first subflow was lost before there was a session, which is to be tried again. */
    abstract SimulationResult run();

    /** Something has happened. */
    abstract void onStep();

    abstract void discardPaths();

    // ---- the world

    final MultipathSession session(SessionRole role, SessionConfig config) {
        return new MultipathSession(
                config,
                role,
                ConnectionId.of(new UUID(1, 2)),
                SessionPolicies.of(scenario.scheduler()),
                allocator,
                random.split());
    }

    /** When both ends are there: what they say to each other. */
    final void start() {
        ByteStream up = new ByteStream(random.nextInt());
        ByteStream down = new ByteStream(random.nextInt());
        Traffic ofClient = scenario.client().traffic();
        Traffic ofServer = scenario.server().traffic();
        client().start(application(ofClient, ofServer.totalBytes(), up, down));
        server().start(application(ofServer, ofClient.totalBytes(), down, up));
        upwards = new Direction("client to server", client(), server(), clock);
        downwards = new Direction("server to client", server(), client(), clock);
    }

    private SimulatedApplication application(Traffic traffic, long expectedBytes, ByteStream out, ByteStream in) {
        return new SimulatedApplication(traffic, expectedBytes, out, in, allocator, clock, random.split());
    }

    final void step() {
        check(clock.runNext(), "nothing happens any more: client %s, server %s", client(), server());
        check(clock.executed() < maxEvents, "too much happens: client %s, server %s", client(), server());
        onStep();
    }

    /** The end: lets go of what is on the way, and nobody may hold anything any more. */
    final void discard() {
        discardPaths();
        check(allocator.live() == 0, "%d buffers were not released", allocator.live());
    }
}
