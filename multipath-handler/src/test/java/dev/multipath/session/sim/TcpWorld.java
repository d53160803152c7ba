package dev.multipath.session.sim;

import dev.multipath.codec.ConnectionId;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * One session over paths of modelled TCP, in virtual time that begins with the first attempt to connect. The client dials
 * the first path, then one more every quarter of a second, and all once it has a session.
 */
final class TcpWorld {

    private static final long ATTEMPT_DELAY_NANOS = 250_000_000L;

    final EventQueue clock = new EventQueue(0);
    final List<TcpPath> paths = new ArrayList<>();
    final TcpEndpoint client;
    final TcpEndpoint server;
    private final CountingAllocator allocator = new CountingAllocator();
    private final Trace trace;
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean asked;
    private long dialDelayNanos;

    /**
     * Sets it up; {@link #run} lets time pass.
     *
     * @param seed of all that is random
     * @param client the client's application
     * @param server the server's
     */
    TcpWorld(
            List<PathSpec> specs,
            TcpControl.Kind control,
            Supplier<Scheduler> scheduler,
            long seed,
            boolean traced,
            Flow client,
            Flow server) {
        this(() -> SessionPolicies.of(scheduler.get()), seed, traced, client, server);
        // Each path's own is drawn first: a single TCP connection over it meets the same.
        List<SplittableRandom> pathRandoms = pathRandoms(specs.size(), seed);
        for (int i = 0; i < specs.size(); i++) {
            add(new TcpPath(
                    i, specs.get(i), control, clock, pathRandoms.get(i), this.client, this.server, this::offer));
        }
    }

    /** With the first path there is a session at once; the others are dialled so long after that. */
    TcpWorld dialOthersAfter(long nanos) {
        dialDelayNanos = nanos;
        return this;
    }

    /** Without paths: {@link #addPath}. */
    TcpWorld(Supplier<SessionPolicies> policies, long seed, boolean traced, Flow client, Flow server) {
        SplittableRandom random = new SplittableRandom(seed);
        trace = new Trace(clock, traced);
        ByteStream up = new ByteStream(random.nextInt());
        ByteStream down = new ByteStream(random.nextInt());
        this.client = endpoint(SessionRole.CLIENT, policies.get(), random, client, up, down);
        this.server = endpoint(SessionRole.SERVER, policies.get(), random, server, down, up);
    }

    /** A path over links that others may use too. */
    void addPath(PathSpec spec, TcpControl.Kind control, TcpLink toServer, TcpLink toClient) {
        add(new TcpPath(paths.size(), spec, control, clock, toServer, toClient, client, server, this::offer));
    }

    private void add(TcpPath path) {
        clock.at(paths.size() * ATTEMPT_DELAY_NANOS, path::dial);
        paths.add(path);
    }

    static List<SplittableRandom> pathRandoms(int count, long seed) {
        List<SplittableRandom> randoms = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            randoms.add(new SplittableRandom(31 * seed + i));
        }
        return randoms;
    }

    private TcpEndpoint endpoint(
            SessionRole role,
            SessionPolicies policies,
            SplittableRandom random,
            Flow flow,
            ByteStream outgoing,
            ByteStream incoming) {
        MultipathSession session = new MultipathSession(
                SessionConfig.DEFAULT, role, ConnectionId.of(new UUID(1, 2)), policies, allocator, random.split());
        return new TcpEndpoint(
                role,
                session,
                clock,
                random.split(),
                trace,
                flow,
                outgoing,
                incoming,
                allocator,
                role == SessionRole.CLIENT ? new ClientListener() : new ServerListener());
    }

    private final class ClientListener implements TcpEndpoint.Listener {
        @Override
        public void onEstablished(Subflow subflow) {
            paths.stream().filter(path -> path.owns(subflow)).forEach(path -> path.onEstablished(subflow));
            clock.at(clock.nowNanos() + dialDelayNanos, () -> paths.forEach(TcpPath::dial));
            List<Runnable> greet = List.copyOf(waiting);
            waiting.clear();
            greet.forEach(Runnable::run);
        }

        @Override
        public void onTrouble(Subflow subflow) {
            paths.forEach(TcpPath::dial);
        }

        @Override
        public void onDelivers(Subflow subflow) {
            paths.forEach(path -> path.onDelivers(subflow));
        }
    }

    /** A server dials nothing. */
    private static final class ServerListener implements TcpEndpoint.Listener {
        @Override
        public void onEstablished(Subflow subflow) {
            // Nothing to do.
        }

        @Override
        public void onTrouble(Subflow subflow) {
            // Nothing to do.
        }

        @Override
        public void onDelivers(Subflow subflow) {
            // Nothing to do.
        }
    }

    private JoinOffer offer(Runnable whenOver) {
        if (!client.isEstablished() && asked) {
            waiting.add(whenOver);
            return null;
        }
        asked = true;
        return client.offer();
    }

    /** Lets everything happen up to that time. */
    void run(long untilNanos) {
        boolean[] over = new boolean[1];
        clock.at(untilNanos, () -> over[0] = true);
        while (!over[0]) {
            clock.runNext();
        }
    }

    Trace trace() {
        return trace;
    }

    boolean hasFailed() {
        return client.session.failure() != null || server.session.failure() != null;
    }

    /** Lets go of everything, and checks that nobody else holds on to a buffer. */
    void end() {
        client.discard();
        server.discard();
        paths.forEach(TcpPath::discard);
        Simulation.check(allocator.live() == 0, "%d buffers were not released", allocator.live());
    }

    @Override
    public String toString() {
        return client + "\n" + server;
    }
}
