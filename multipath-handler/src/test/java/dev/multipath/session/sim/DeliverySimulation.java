package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.session.SessionRole;
import dev.multipath.session.sim.EndPlan.Ending;
import dev.multipath.session.sim.Scenario.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A course to the end of both streams: there is progress while any path works, nothing is in flight at rest, and both ends
 * end in order.
 */
final class DeliverySimulation extends Simulation {

    /** Far more than any time-out of the core: longer without a byte moved is a hang. */
    private static final long MAX_STANDSTILL_NANOS = 60_000_000_000L;

    /** All that is on the way has arrived by then, on the slowest path. */
    private static final long MAX_SETTLING_NANOS = 300_000_000_000L;

    /** A run has some thousand to some hundred thousand events. */
    private static final long MAX_EVENTS = 10_000_000;

    private final Peer client;
    private final Peer server;
    private final List<SimulatedPath> paths = new ArrayList<>();
    private long workingSinceNanos;

    DeliverySimulation(Scenario scenario, Delivery course, boolean traced, UnaryOperator<Frame> wire) {
        super(scenario, traced, MAX_EVENTS);
        client = endpoint(SessionRole.CLIENT, scenario.client(), wire);
        server = course.goWindowFrames() > 0
                ? new GoLikeReceiver(clock, trace, course.goWindowFrames(), scenario.readBatchFrames())
                : endpoint(SessionRole.SERVER, scenario.server(), wire);
        start();
        for (PathModel model : scenario.paths()) {
            paths.add(new SimulatedPath(
                    "path " + paths.size(), paths.isEmpty(), model, clock, random.split(), client, server, trace));
        }
    }

    private DeliveryEndpoint endpoint(SessionRole role, EndPlan plan, UnaryOperator<Frame> wire) {
        EndPlan ofPeer = role == SessionRole.CLIENT ? scenario.server() : scenario.client();
        return new DeliveryEndpoint(
                role,
                plan,
                ofPeer.config().maxFrameBytes(),
                session(role, plan.config()),
                clock,
                random.split(),
                trace,
                scenario.readBatchFrames(),
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
        paths.forEach(path -> clock.after(random.nextLong(MAX_JOIN_DELAY_NANOS), path::connect));
        while (!client.application().isDone() || !server.application().isDone()) {
            step();
        }
        long finishedNanos = clock.nowNanos();
        paths.forEach(SimulatedPath::heal);
        while (!isAtRest()) {
            step();
            check(
                    clock.nowNanos() - finishedNanos < MAX_SETTLING_NANOS,
                    "all was delivered long ago, but the sessions do not come to rest: client %s, server %s",
                    client,
                    server);
        }
        long unacknowledgedBytes = client.unacknowledgedBytes() + server.unacknowledgedBytes();
        check(!scenario.closesAtRest() || unacknowledgedBytes == 0, "bytes without acknowledgement at rest");
        if (scenario.extended()) {
            endExtended();
        } else {
            end(client);
            end(server);
        }
        discard();
        return SimulationResult.of(
                client, server, unacknowledgedBytes, finishedNanos - scenario.startNanos(), clock.executed());
    }

    @Override
    void onStep() {
        boolean working = false;
        for (int i = 0; i < paths.size(); i++) {
            working |= paths.get(i).isWorking();
        }
        if (!working) {
            workingSinceNanos = clock.nowNanos();
        }
        if (!server.isClosed()) {
            upwards.checkAcknowledgedIsHeld();
            upwards.checkProgress(workingSinceNanos, MAX_STANDSTILL_NANOS);
        }
        if (!client.isClosed()) {
            downwards.checkAcknowledgedIsHeld();
            downwards.checkProgress(workingSinceNanos, MAX_STANDSTILL_NANOS);
        }
    }

    @Override
    void discardPaths() {
        paths.forEach(SimulatedPath::discard);
    }

    // ---- the end

    /** When everything is over except the closing; or an end that closed by itself is gone, and the other one knows. */
    private boolean isAtRest() {
        if (scenario.closesAtRest()) {
            return client.hasNothingInFlight() && server.hasNothingInFlight();
        }
        return scenario.client().ending() == Ending.CLOSE_WHEN_DONE
                ? client.isClosed() && !server.hasConnections()
                : server.isClosed() && !client.hasConnections();
    }

    private void end(Peer endpoint) {
        if (!endpoint.isClosed()) {
            endpoint.close();
            check(!scenario.closesAtRest() || endpoint.isDrained(), "a session at rest is not drained");
            endpoint.release();
        }
    }

    /** Both ends close; what nobody has closed yet does so in order, since all paths work again. */
    private void endExtended() {
        checkNoFailure();
        if (scenario.closesAtRest()) {
            client.close();
            server.close();
            long closedNanos = clock.nowNanos();
            while (!client.isClosed() || !server.isClosed()) {
                step();
                check(
                        clock.nowNanos() - closedNanos < MAX_SETTLING_NANOS,
                        "the sessions do not end: client %s, server %s",
                        client,
                        server);
            }
            checkNoFailure();
        } else {
            end(client);
            end(server);
        }
    }

    private void checkNoFailure() {
        check(client.failure() == null, "the client did not end in order: %s", client.failure());
        check(server.failure() == null, "the server did not end in order: %s", server.failure());
    }
}
