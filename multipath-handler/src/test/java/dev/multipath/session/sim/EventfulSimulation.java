package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import dev.multipath.session.sim.EndpointChecks.Outcome;
import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.Scenario.Eventful;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A course of anything: the faults until the horizon, then a whole network in which nothing may be stuck. What must hold at
 * each end is in {@link EndpointChecks}.
 */
final class EventfulSimulation extends Simulation {

    /** Longer than the longest back-off; an end that is left alone has its resumption time besides. */
    private static final long MAX_STANDSTILL_NANOS = 40_000_000_000L;

    /** Of ends that stay until all is at rest none is left alone. */
    private static final long MAX_RESTING_STANDSTILL_NANOS = 100_000_000_000L;

    /** While both have a subflow: some time-outs, and the greatest back-off of who asks for credit. */
    private static final long MAX_CONNECTED_STANDSTILL_NANOS = 20_000_000_000L;

    /** Nothing happens in it but what must happen always. */
    private static final long REST_NANOS = 60_000_000_000L;

    /** A run has some hundred to some ten thousand events, besides the pings of a long life. */
    private static final long MAX_EVENTS = 3_000_000;

    /** What may happen in each second of a life in which nothing else does: some pings of some subflows. */
    private static final long MAX_EVENTS_PER_SECOND = 10;

    private final Eventful course;
    private final UnaryOperator<Frame> wire;
    private final EventfulEndpoint client;
    private final EventfulEndpoint server;
    private final List<RedialledPath> paths = new ArrayList<>();
    private final Iterator<Fault> outages;
    private final long maxStandstillNanos;

    private long progress;
    private long progressAtNanos;

    /**
     * Sets the world up.
     *
     * @param attempt how many before this one ended before there was a session; what disturbed those is left out
     * @param wire what becomes of a frame that either end puts on the wire
     */
    EventfulSimulation(Scenario scenario, Eventful course, int attempt, boolean traced, UnaryOperator<Frame> wire) {
        super(scenario, traced, MAX_EVENTS + course.horizonNanos() / Draws.SECOND * MAX_EVENTS_PER_SECOND);
        this.course = course;
        this.wire = wire;
        client = endpoint(SessionRole.CLIENT, scenario.client());
        server = endpoint(SessionRole.SERVER, scenario.server());
        client.checks.against(server, scenario.isUndisturbed());
        server.checks.against(client, scenario.isUndisturbed());
        start();
        for (PathModel model : scenario.paths()) {
            paths.add(new RedialledPath(
                    "path " + paths.size(), model, attempt, clock, random.split(), client, server, trace));
        }
        outages = course.outages().stream().skip(attempt).iterator();
        maxStandstillNanos = course.rests()
                ? MAX_RESTING_STANDSTILL_NANOS
                : MAX_STANDSTILL_NANOS
                        + Math.max(resumptionNanos(scenario.client()), resumptionNanos(scenario.server()));
    }

    private static long resumptionNanos(EndPlan plan) {
        return plan.config().extended().resumptionTimeout().toNanos();
    }

    private EventfulEndpoint endpoint(SessionRole role, EndPlan plan) {
        return new EventfulEndpoint(
                role,
                plan,
                session(role, plan.config()),
                clock,
                random.split(),
                trace,
                scenario.readBatchFrames(),
                !course.rests(),
                wire);
    }

    @Override
    Peer client() {
        return client;
    }

    @Override
    Peer server() {
        return server;
    }

    @Override
    SimulationResult run() {
        paths.forEach(path -> clock.after(random.nextLong(MAX_JOIN_DELAY_NANOS), path::start));
        scheduleOutage();
        clock.after(course.horizonNanos(), this::heal);
        while (!isOver()) {
            if (client.hasAttemptFailed()) {
                discardEnds();
                return null;
            }
            step();
            if (course.rests() && isHealed() && isAtRest()) {
                rest();
            }
        }
        long durationNanos = clock.nowNanos() - scenario.startNanos();
        int connections = paths.stream().mapToInt(RedialledPath::connections).sum();
        client.checks.checkControlFrames(connections);
        server.checks.checkControlFrames(connections);
        checkOutcomes();
        discardEnds();
        return SimulationResult.of(client, server, 0, durationNanos, clock.executed());
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

    @Override
    void onStep() {
        if (client.isOpen() && server.isOpen()) {
            upwards.checkAcknowledgedIsHeld();
            downwards.checkAcknowledgedIsHeld();
        }
        long now = clock.nowNanos();
        long nowProgress = client.checks.progress() + server.checks.progress();
        if (nowProgress != progress || !isHealed() || (course.rests() && isAtRest())) {
            progress = nowProgress;
            progressAtNanos = now;
        }
        boolean connected = client.hasSubflow() && server.hasSubflow();
        check(
                now - progressAtNanos < (connected ? MAX_CONNECTED_STANDSTILL_NANOS : maxStandstillNanos),
                "stuck although all paths work: client %s, server %s",
                client,
                server);
    }

    private boolean isHealed() {
        return clock.nowNanos() >= scenario.startNanos() + course.horizonNanos();
    }

    private void heal() {
        trace.add("all is well from now on");
        paths.forEach(RedialledPath::heal);
        // What has not gone on before had its reason, and in a long life there are minutes between two events.
        progressAtNanos = clock.nowNanos();
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

    private void discardEnds() {
        client.discard();
        server.discard();
        discard();
    }

    @Override
    void discardPaths() {
        paths.forEach(RedialledPath::discard);
    }
}
