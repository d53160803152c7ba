package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.PathModel.FaultKind;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A path that the client dials whenever it has no connection on it, with back-off, until its session is over; and the
 * faults that befall it.
 */
final class RedialledPath {

    private static final long MIN_BACKOFF_NANOS = 50_000_000;
    private static final long MAX_BACKOFF_NANOS = 5_000_000_000L;

    /** Until an attempt into a void is given up. */
    private static final long DIAL_TIMEOUT_NANOS = 3_000_000_000L;

    /** When the network is whole again, both ends are told soon which connections are broken. */
    private static final long MAX_LEARNING_NANOS = 1_000_000_000L;

    private final String name;
    private final PathModel model;
    private final EventQueue clock;
    private final SplittableRandom random;
    private final ExtendedEndpoint client;
    private final ExtendedEndpoint server;
    private final Trace trace;
    private final Iterator<Fault> faults;

    /** All there were, the newest last. */
    private final List<Connection> all = new ArrayList<>();

    /** Ends that are broken, and may not know it. */
    private final List<ConnectionEnd> unaware = new ArrayList<>();

    private Connection connection;

    private boolean healed;
    private long downUntilNanos;
    private long backoffNanos = MIN_BACKOFF_NANOS;

    RedialledPath(
            String name,
            PathModel model,
            int skippedFaults,
            EventQueue clock,
            SplittableRandom random,
            ExtendedEndpoint client,
            ExtendedEndpoint server,
            Trace trace) {
        this.name = name;
        this.model = model;
        this.clock = clock;
        this.random = random;
        this.client = client;
        this.server = server;
        this.trace = trace;
        faults = model.faults().stream().skip(skippedFaults).iterator();
    }

    /** Begins to dial and to suffer. */
    void start() {
        dial();
        scheduleFault();
    }

    int connections() {
        return all.size();
    }

    // ---- dialling

    private void dial() {
        if (client.isDone()) {
            return;
        }
        JoinOffer offer = clock.nowNanos() < downUntilNanos ? null : client.offer(this);
        if (offer == null) {
            redialLater();
            return;
        }
        connection = new Connection(name + "." + all.size(), offer);
        all.add(connection);
    }

    private void redialLater() {
        clock.after(backoffNanos / 2 + random.nextLong(backoffNanos), this::dial);
        backoffNanos = Math.min(2 * backoffNanos, MAX_BACKOFF_NANOS);
    }

    /** The client's session has let a connection of this path in. */
    void onEstablished() {
        backoffNanos = MIN_BACKOFF_NANOS;
    }

    // ---- faults

    private void scheduleFault() {
        if (faults.hasNext()) {
            Fault fault = faults.next();
            clock.after(fault.afterNanos(), () -> {
                strike(fault);
                scheduleFault();
            });
        }
    }

    void strike(Fault fault) {
        if (healed) {
            return;
        }
        trace.add("%s %s", name, fault);
        Connection struck = connection;
        if (fault.kind() == FaultKind.DEATH) {
            downUntilNanos = Math.max(downUntilNanos, clock.nowNanos() + fault.durationNanos());
            if (struck != null) {
                struck.die(fault);
            }
        } else if (struck != null) {
            struck.stall(fault);
        }
    }

    /** No more faults, and the present ones end. */
    void heal() {
        healed = true;
        downUntilNanos = 0;
        if (connection != null) {
            connection.unstall();
        }
        unaware.forEach(end -> clock.after(random.nextLong(MAX_LEARNING_NANOS), end::onBroken));
    }

    /** Lets go of what is still on the way. */
    void discard() {
        for (Connection each : all) {
            each.toServer.die(true);
            each.toClient.die(true);
        }
    }

    /** One connection, from dialling it to the end. */
    private final class Connection {

        private final SimulatedPipe toServer = new SimulatedPipe(clock, model, random.split());
        private final SimulatedPipe toClient = new SimulatedPipe(clock, model, random.split());
        private final ConnectionEnd clientEnd;
        private final ConnectionEnd serverEnd;
        private boolean dead;

        Connection(String connectionName, JoinOffer offer) {
            clientEnd = new ConnectionEnd(connectionName, client, toClient, toServer);
            serverEnd = new ConnectionEnd(connectionName, server, toServer, toClient);
            clientEnd.path = RedialledPath.this;
            clientEnd.offer = offer;
            clientEnd.onClosed = () -> {
                client.onConnectionClosed(offer);
                redialLater();
            };
            for (Frame frame : offer.frames()) {
                clientEnd.write(frame);
            }
            // The server accepts when the preface arrives, the client goes on when the answer does.
            clock.after(model.delayNanos(), () -> joinUnlessDead(serverEnd, -1));
            clock.after(2 * model.delayNanos(), () -> joinUnlessDead(clientEnd, 2 * model.delayNanos()));
        }

        private void joinUnlessDead(ConnectionEnd end, long handshakeRttNanos) {
            if (!dead) {
                end.join(handshakeRttNanos);
            }
        }

        void stall(Fault fault) {
            if (fault.kind() != FaultKind.STALL_TO_CLIENT) {
                toServer.stall();
            }
            if (fault.kind() != FaultKind.STALL_TO_SERVER) {
                toClient.stall();
            }
            clock.after(fault.durationNanos(), this::unstall);
        }

        void unstall() {
            toServer.unstall();
            toClient.unstall();
        }

        void die(Fault fault) {
            if (dead) {
                return;
            }
            dead = true;
            toServer.die(fault.losesUnread());
            toClient.die(fault.losesUnread());
            breakAfter(
                    clientEnd,
                    Math.min(fault.clientLearnsNanos(), clientEnd.isOpen() ? Long.MAX_VALUE : DIAL_TIMEOUT_NANOS));
            breakAfter(serverEnd, fault.serverLearnsNanos());
        }

        /** The end learns of the death after a while, or when the network is whole again, if that is sooner. */
        private void breakAfter(ConnectionEnd end, long delayNanos) {
            clock.after(delayNanos, end::onBroken);
            unaware.add(end);
        }
    }
}
