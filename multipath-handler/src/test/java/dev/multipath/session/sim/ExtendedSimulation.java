package dev.multipath.session.sim;

import static dev.multipath.session.sim.Simulation.check;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Frame;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import dev.multipath.session.sim.EndpointChecks.Outcome;
import dev.multipath.session.sim.PathModel.Fault;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Runs one extended scenario to its end: the faults until the horizon, then a whole network in which nothing may be stuck.
 * What must hold on the way is in {@link EndpointChecks}.
 */
final class ExtendedSimulation {

    /** Longer than the longest resumption time and the longest back-off. */
    private static final long MAX_STANDSTILL_NANOS = 100_000_000_000L;

    /** While both have a subflow: some time-outs, and the greatest back-off of who asks for credit. */
    private static final long MAX_CONNECTED_STANDSTILL_NANOS = 20_000_000_000L;

    /** Nothing happens in it but what must happen always. */
    private static final long REST_NANOS = 60_000_000_000L;

    /** A run has some hundred to some ten thousand events. */
    private static final long MAX_EVENTS = 3_000_000;

    /** More than there are faults that could spoil one each. */
    private static final int MAX_ATTEMPTS = 10;

    private static final long MAX_JOIN_DELAY_NANOS = 500_000_000;

    private final ExtendedScenario scenario;
    private final UnaryOperator<Frame> wire;
    private final EventQueue clock;
    private final Trace trace;
    private final CountingAllocator allocator = new CountingAllocator();
    private final SplittableRandom random;
    private final ExtendedEndpoint client;
    private final ExtendedEndpoint server;
    private final List<RedialledPath> paths = new ArrayList<>();
    private final Iterator<Fault> outages;

    private long progress;
    private long progressAtNanos;

    /**
     * Sets the world up.
     *
     * @param attempt how many before this one ended before there was a session; what disturbed those is left out
     * @param wire what becomes of a frame that either end puts on the wire
     */
    private ExtendedSimulation(ExtendedScenario scenario, int attempt, boolean traced, UnaryOperator<Frame> wire) {
        this.scenario = scenario;
        this.wire = wire;
        clock = new EventQueue(scenario.startNanos());
        trace = new Trace(clock, traced);
        // Another stream than the scenario was drawn from.
        random = new SplittableRandom(~scenario.seed());
        client = endpoint(SessionRole.CLIENT, scenario.client());
        server = endpoint(SessionRole.SERVER, scenario.server());
        ByteStream up = new ByteStream(random.nextInt());
        ByteStream down = new ByteStream(random.nextInt());
        long clientBytes = scenario.client().traffic().totalBytes();
        long serverBytes = scenario.server().traffic().totalBytes();
        client.checks.against(server, scenario.isUndisturbed());
        server.checks.against(client, scenario.isUndisturbed());
        client.start(application(scenario.client().traffic(), serverBytes, up, down));
        server.start(application(scenario.server().traffic(), clientBytes, down, up));
        for (PathModel model : scenario.paths()) {
            paths.add(new RedialledPath(
                    "path " + paths.size(), model, attempt, clock, random.split(), client, server, trace));
        }
        outages = scenario.outages().stream().skip(attempt).iterator();
    }

    private ExtendedEndpoint endpoint(SessionRole role, EndPlan plan) {
        SessionConfig config = plan.config();
        MultipathSession session = new MultipathSession(
                config,
                role,
                ConnectionId.of(new UUID(1, 2)),
                SessionPolicies.of(scenario.scheduler()),
                allocator,
                random.split());
        return new ExtendedEndpoint(
                role, plan, session, clock, random.split(), trace, scenario.readBatchFrames(), !scenario.rests(), wire);
    }

    private SimulatedApplication application(Traffic traffic, long expectedBytes, ByteStream out, ByteStream in) {
        return new SimulatedApplication(traffic, expectedBytes, out, in, allocator, clock, random.split());
    }

    /** Runs it, as often as the client's first subflow is lost before there is a session. */
    static ExtendedResult run(ExtendedScenario scenario) {
        return run(scenario, UnaryOperator.identity());
    }

    /** The same over a wire that changes frames, to see whether the checks notice. */
    static ExtendedResult run(ExtendedScenario scenario, UnaryOperator<Frame> wire) {
        for (int attempt = 0; ; attempt++) {
            ExtendedResult result = new ExtendedSimulation(scenario, attempt, false, wire).run();
            if (result != null) {
                return result;
            }
            check(attempt < MAX_ATTEMPTS, "no session although nothing is wrong");
        }
    }

    /** Runs it again, and returns the last events before it fails, or null if it does not. */
    static String trace(ExtendedScenario scenario) {
        for (int attempt = 0; ; attempt++) {
            ExtendedSimulation simulation = new ExtendedSimulation(scenario, attempt, true, UnaryOperator.identity());
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

    private ExtendedResult run() {
        paths.forEach(path -> clock.after(random.nextLong(MAX_JOIN_DELAY_NANOS), path::start));
        scheduleOutage();
        clock.after(scenario.horizonNanos(), this::heal);
        while (!isOver()) {
            if (client.hasAttemptFailed()) {
                discard();
                return null;
            }
            step();
            if (scenario.rests() && isHealed() && isAtRest()) {
                rest();
            }
        }
        long durationNanos = clock.nowNanos() - scenario.startNanos();
        int connections = paths.stream().mapToInt(RedialledPath::connections).sum();
        client.checks.checkControlFrames(connections);
        server.checks.checkControlFrames(connections);
        checkOutcomes();
        discard();
        return ExtendedResult.of(client, server, durationNanos, clock.executed());
    }

    private void scheduleOutage() {
        if (outages.hasNext()) {
            Fault fault = outages.next();
            clock.after(fault.afterNanos(), () -> {
                paths.forEach(path -> path.strike(fault));
                scheduleOutage();
            });
        }
    }

    private void step() {
        check(clock.runNext(), "nothing happens any more: client %s, server %s", client, server);
        check(clock.executed() < MAX_EVENTS, "too much happens: client %s, server %s", client, server);
        long now = clock.nowNanos();
        long nowProgress = client.checks.progress() + server.checks.progress();
        if (nowProgress != progress || !isHealed() || (scenario.rests() && isAtRest())) {
            progress = nowProgress;
            progressAtNanos = now;
        }
        boolean connected = client.hasSubflow() && server.hasSubflow();
        check(
                now - progressAtNanos < (connected ? MAX_CONNECTED_STANDSTILL_NANOS : MAX_STANDSTILL_NANOS),
                "stuck although all paths work: client %s, server %s",
                client,
                server);
    }

    private boolean isHealed() {
        return clock.nowNanos() >= scenario.startNanos() + scenario.horizonNanos();
    }

    private void heal() {
        trace.add("all is well from now on");
        paths.forEach(RedialledPath::heal);
        client.settle();
        server.settle();
    }

    private boolean isOver() {
        return client.isClosed() && server.isClosed();
    }

    // ---- rest

    private boolean isAtRest() {
        return !client.mayEndNow()
                && (client.session.failure() != null
                        || server.session.failure() != null
                        || (client.checks.isAtRest() && server.checks.isAtRest()));
    }

    /** All that was written is read and acknowledged: nothing moves any more, and both ends agree. */
    private void rest() {
        if (client.session.failure() == null && server.session.failure() == null) {
            long untilNanos = clock.nowNanos() + REST_NANOS;
            long executed = clock.executed();
            boolean[] over = new boolean[1];
            clock.at(untilNanos, () -> over[0] = true);
            while (!over[0]) {
                check(clock.runNext(), "nothing happens any more");
                check(
                        clock.executed() - executed < 100_000,
                        "too much happens at rest: client %s, server %s",
                        client,
                        server);
            }
            if (client.session.failure() == null && server.session.failure() == null) {
                checkAgreement();
            }
        }
        progressAtNanos = clock.nowNanos();
        client.mayEnd();
        server.mayEnd();
    }

    private void checkAgreement() {
        check(
                client.addresses().equals(server.addresses()),
                "the client knows the addresses %s, the server announced %s",
                client.addresses(),
                server.addresses());
        check(
                client.session.subflows().size() == paths.size()
                        && server.session.subflows().size() == paths.size(),
                "%d paths live, but the client has %s, the server %s",
                paths.size(),
                client,
                server);
        for (Subflow subflow : client.session.subflows()) {
            Subflow twin = server.checks.subflow(((ConnectionEnd) subflow.attachment()).name);
            check(
                    twin != null && twin.isBackup() == subflow.isBackup() && twin.pathId() == subflow.pathId(),
                    "the ends do not agree on the status of %s",
                    ((ConnectionEnd) subflow.attachment()).name);
        }
    }

    // ---- the end

    private void checkOutcomes() {
        boolean peaceful = scenario.isUndisturbed()
                && scenario.client().isPeaceful()
                && scenario.server().isPeaceful();
        check(
                !peaceful
                        || (client.checks.outcome() == Outcome.CLEAN
                                && server.checks.outcome() == Outcome.CLEAN
                                && client.application().isDone()
                                && server.application().isDone()),
                "nothing happened, but client %s, server %s",
                client,
                server);
    }

    private void discard() {
        client.discard();
        server.discard();
        paths.forEach(RedialledPath::discard);
        check(allocator.live() == 0, "%d buffers were not released", allocator.live());
    }
}
