package dev.multipath.session.sim;

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
    private final EventfulEndpoint client;
    private final EventfulEndpoint server;
    private final Trace trace;
    private final Iterator<Fault> faults;

    /** All there were, the newest last. */
    private final List<SimulatedConnection> all = new ArrayList<>();

    /** Ends that are broken, and may not know it. */
    private final List<ConnectionEnd> unaware = new ArrayList<>();

    private SimulatedConnection connection;

    private boolean healed;
    private long downUntilNanos;
    private long backoffNanos = MIN_BACKOFF_NANOS;

    RedialledPath(
            String name,
            PathModel model,
            int skippedFaults,
            EventQueue clock,
            SplittableRandom random,
            EventfulEndpoint client,
            EventfulEndpoint server,
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
        SimulatedConnection dialled =
                new SimulatedConnection(name + "." + all.size(), model, clock, random, client, server, offer);
        dialled.clientEnd.path = this;
        dialled.clientEnd.onClosed = () -> {
            client.onConnectionClosed(offer);
            redialLater();
        };
        connection = dialled;
        all.add(dialled);
        // The server accepts when the preface arrives, the client goes on when the answer does.
        clock.after(model.delayNanos(), () -> joinUnlessDead(dialled, dialled.serverEnd, -1));
        clock.after(2 * model.delayNanos(), () -> joinUnlessDead(dialled, dialled.clientEnd, 2 * model.delayNanos()));
    }

    private static void joinUnlessDead(SimulatedConnection of, ConnectionEnd end, long handshakeRttNanos) {
        if (!of.isDead()) {
            end.join(handshakeRttNanos);
        }
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
        SimulatedConnection struck = connection;
        if (fault.kind() == FaultKind.DEATH) {
            downUntilNanos = Math.max(downUntilNanos, clock.nowNanos() + fault.durationNanos());
            if (struck != null && !struck.isDead()) {
                kill(struck, fault);
            }
        } else if (struck != null) {
            struck.stall(fault);
            clock.after(fault.durationNanos(), struck::unstall);
        }
    }

    private void kill(SimulatedConnection struck, Fault fault) {
        struck.die(fault);
        breakAfter(
                struck.clientEnd,
                Math.min(fault.clientLearnsNanos(), struck.clientEnd.isOpen() ? Long.MAX_VALUE : DIAL_TIMEOUT_NANOS));
        breakAfter(struck.serverEnd, fault.serverLearnsNanos());
    }

    /** The end learns of the death after a while, or when the network is whole again, if that is sooner. */
    private void breakAfter(ConnectionEnd end, long delayNanos) {
        clock.after(delayNanos, end::onBroken);
        unaware.add(end);
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
        all.forEach(SimulatedConnection::discard);
    }
}
