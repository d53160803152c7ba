package dev.multipath.session.sim;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.session.sim.Scenario.Closing;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Runs one scenario to its end and checks on the way: every byte once and in order, bounded memory, progress while any
 * path works, nothing in flight at rest, every buffer released.
 */
final class Simulation {

    /** Far more than any time-out of the core: longer without a byte moved is a hang. */
    private static final long MAX_STANDSTILL_NANOS = 60_000_000_000L;

    /** All that is on the way has arrived by then, on the slowest path. */
    private static final long MAX_SETTLING_NANOS = 300_000_000_000L;

    /** A run has some thousand to some hundred thousand events. */
    private static final long MAX_EVENTS = 10_000_000;

    private static final long MAX_JOIN_DELAY_NANOS = 500_000_000;

    private final Scenario scenario;
    private final EventQueue clock;
    private final Trace trace;
    private final CountingAllocator allocator = new CountingAllocator();
    private final SplittableRandom random;
    private final Peer client;
    private final Peer server;
    private final List<SimulatedPath> paths = new ArrayList<>();
    private final Direction upwards;
    private final Direction downwards;
    private long workingSinceNanos;

    private Simulation(Scenario scenario, boolean traced) {
        this.scenario = scenario;
        clock = new EventQueue(scenario.startNanos());
        trace = new Trace(clock, traced);
        // Another stream than the scenario was drawn from.
        random = new SplittableRandom(~scenario.seed());
        client = endpoint(SessionRole.CLIENT, scenario.clientConfig(), scenario.serverConfig());
        server = scenario.goWindowFrames() > 0
                ? new GoLikeReceiver(clock, trace, scenario.goWindowFrames(), scenario.readBatchFrames())
                : endpoint(SessionRole.SERVER, scenario.serverConfig(), scenario.clientConfig());
        ByteStream up = new ByteStream(random.nextInt());
        ByteStream down = new ByteStream(random.nextInt());
        Traffic clientTraffic = scenario.clientTraffic();
        Traffic serverTraffic = scenario.serverTraffic();
        client.start(application(clientTraffic, serverTraffic.totalBytes(), up, down));
        server.start(application(serverTraffic, clientTraffic.totalBytes(), down, up));
        upwards = new Direction("client to server", client, server);
        downwards = new Direction("server to client", server, client);
        for (PathModel model : scenario.paths()) {
            paths.add(new SimulatedPath(
                    "path " + paths.size(), paths.isEmpty(), model, clock, random.split(), client, server, trace));
        }
    }

    private SimulatedEndpoint endpoint(SessionRole role, SessionConfig config, SessionConfig peerConfig) {
        MultipathSession session = new MultipathSession(
                config,
                role,
                ConnectionId.of(new UUID(1, 2)),
                SessionPolicies.of(scenario.scheduler()),
                allocator,
                random.split());
        boolean closesWhenDone = scenario.closing()
                == (role == SessionRole.CLIENT ? Closing.CLIENT_WHEN_DONE : Closing.SERVER_WHEN_DONE);
        return new SimulatedEndpoint(
                role,
                session,
                clock,
                random.split(),
                trace,
                scenario.readBatchFrames(),
                closesWhenDone,
                config.receiveBufferBytes() + peerConfig.maxFrameBytes());
    }

    private SimulatedApplication application(Traffic traffic, long expectedBytes, ByteStream out, ByteStream in) {
        return new SimulatedApplication(traffic, expectedBytes, out, in, allocator, clock, random.split());
    }

    /** Fails with an {@link AssertionError} that says what is wrong. */
    static void check(boolean condition, String whatIsWrong, Object... arguments) {
        if (!condition) {
            throw new AssertionError(String.format(whatIsWrong, arguments));
        }
    }

    static SimulationResult run(Scenario scenario) {
        return new Simulation(scenario, false).run();
    }

    /** Runs it again, and returns the last events before it fails, or null if it does not. */
    static String trace(Scenario scenario) {
        Simulation simulation = new Simulation(scenario, true);
        try {
            simulation.run();
            return null;
        } catch (AssertionError | RuntimeException e) {
            return simulation.trace.toString();
        }
    }

    private SimulationResult run() {
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
        long lostAcknowledgementBytes = client.unacknowledgedBytes() + server.unacknowledgedBytes();
        check(
                scenario.closing() != Closing.AT_REST || lostAcknowledgementBytes == 0,
                "bytes without acknowledgement at rest");
        if (scenario.extended()) {
            endExtended();
        } else {
            end(client);
            end(server);
        }
        paths.forEach(SimulatedPath::discard);
        check(allocator.live() == 0, "%d buffers were not released", allocator.live());
        return new SimulationResult(
                client.application().writtenBytes() + server.application().writtenBytes(),
                client.retransmittedBytes() + server.retransmittedBytes(),
                client.staleEvents() + server.staleEvents(),
                lostAcknowledgementBytes,
                finishedNanos - scenario.startNanos(),
                clock.executed());
    }

    private void step() {
        check(clock.runNext(), "nothing happens any more: client %s, server %s", client, server);
        check(clock.executed() < MAX_EVENTS, "too much happens: client %s, server %s", client, server);
        boolean working = false;
        for (int i = 0; i < paths.size(); i++) {
            working |= paths.get(i).isWorking();
        }
        if (!working) {
            workingSinceNanos = clock.nowNanos();
        }
        upwards.check();
        downwards.check();
    }

    /** When everything is over except the closing; or an end that closed by itself is gone, and the other one knows. */
    private boolean isAtRest() {
        return switch (scenario.closing()) {
            case AT_REST -> client.hasNothingInFlight() && server.hasNothingInFlight();
            case CLIENT_WHEN_DONE -> client.isClosed() && !server.hasConnections();
            case SERVER_WHEN_DONE -> server.isClosed() && !client.hasConnections();
        };
    }

    private void end(Peer endpoint) {
        if (!endpoint.isClosed()) {
            endpoint.close();
            check(scenario.closing() != Closing.AT_REST || endpoint.isDrained(), "a session at rest is not drained");
            endpoint.release();
        }
    }

    /** Both ends close; what nobody has closed yet does so in order, since all paths work again. */
    private void endExtended() {
        check(client.failure() == null, "the client failed without a reason: %s", client.failure());
        check(server.failure() == null, "the server failed without a reason: %s", server.failure());
        if (scenario.closing() == Closing.AT_REST) {
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
            check(client.failure() == null, "the client did not end in order: %s", client.failure());
            check(server.failure() == null, "the server did not end in order: %s", server.failure());
        } else {
            end(client);
            end(server);
        }
    }

    /** Watches one direction of the stream. */
    private final class Direction {

        private final String name;
        private final Peer sender;
        private final Peer receiver;
        private long progressBytes;
        private long movedAtNanos;

        Direction(String name, Peer sender, Peer receiver) {
            this.name = name;
            this.sender = sender;
            this.receiver = receiver;
        }

        void check() {
            if (receiver.isClosed()) {
                return;
            }
            long writtenBytes = sender.application().writtenBytes();
            long readBytes = receiver.application().readBytes();
            long unacknowledgedBytes = sender.unacknowledgedBytes();
            long acknowledgedBytes = writtenBytes - unacknowledgedBytes;
            if (acknowledgedBytes > readBytes) {
                checkAcknowledgedIsHeld(acknowledgedBytes, readBytes);
            }
            boolean nothingToDo = readBytes == writtenBytes && unacknowledgedBytes == 0;
            boolean unwilling = readBytes < writtenBytes && !receiver.isWilling();
            long nowProgressBytes = readBytes + acknowledgedBytes;
            long nowNanos = clock.nowNanos();
            if (nothingToDo || unwilling || nowProgressBytes != progressBytes) {
                movedAtNanos = nowNanos;
                progressBytes = nowProgressBytes;
            }
            Simulation.check(
                    nowNanos - Math.max(movedAtNanos, workingSinceNanos) < MAX_STANDSTILL_NANOS,
                    "%s stands still although a path works: client %s, server %s",
                    name,
                    client,
                    server);
        }

        private void checkAcknowledgedIsHeld(long acknowledgedBytes, long readBytes) {
            long heldBytes = receiver.bufferedReceiveBytes();
            Simulation.check(
                    acknowledgedBytes <= readBytes + heldBytes,
                    "%s: acknowledged, but the receiver has it not: %s, %s",
                    name,
                    sender,
                    receiver);
        }
    }
}
