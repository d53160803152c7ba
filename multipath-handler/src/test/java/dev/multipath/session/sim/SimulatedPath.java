package dev.multipath.session.sim;

import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.PathModel.FaultKind;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;

/** A path between client and server: one connection after the other, and the faults that befall them. */
final class SimulatedPath {

    private static final long WAIT_NANOS = 5_000_000;
    private static final long REDIAL_NANOS = 300_000_000;

    private final String name;
    private final boolean isFirst;
    private final PathModel model;
    private final EventQueue clock;
    private final SplittableRandom random;
    private final Endpoint client;
    private final Endpoint server;
    private final Trace trace;
    private final Iterator<Fault> faults;

    /** All there were: one that broke may still hold what nobody came to read. */
    private final List<SimulatedConnection> all = new ArrayList<>();

    private SimulatedConnection connection;

    /** Broken, or closed by the client. */
    private boolean lost = true;

    private boolean healed;

    SimulatedPath(
            String name,
            boolean isFirst,
            PathModel model,
            EventQueue clock,
            SplittableRandom random,
            Endpoint client,
            Endpoint server,
            Trace trace) {
        this.name = name;
        this.isFirst = isFirst;
        this.model = model;
        this.clock = clock;
        this.random = random;
        this.client = client;
        this.server = server;
        this.trace = trace;
        faults = model.faults().iterator();
    }

    /** Whether both ends can use the path now, and everything on it moves. */
    boolean isWorking() {
        return !lost && connection.isWorking();
    }

    /** No more faults, and the present one ends; a connection that is broken is still replaced. */
    void heal() {
        healed = true;
        if (connection != null) {
            connection.unstall();
        }
    }

    /** Dials: the server accepts when the preface arrives, the client joins when the answer does. */
    void connect() {
        if (client.isClosed() || server.isClosed()) {
            return;
        }
        if (!client.mayDial(isFirst)) {
            clock.after(WAIT_NANOS, this::connect);
            return;
        }
        lost = false;
        SimulatedConnection dialled =
                new SimulatedConnection(name + "." + all.size(), model, clock, random, client, server, client.offer());
        connection = dialled;
        all.add(dialled);
        clock.after(model.delayNanos(), () -> accept(dialled));
        clock.after(2 * model.delayNanos(), () -> {
            dialled.clientEnd.onClosed = () -> onClosed(dialled);
            dialled.clientEnd.join(2 * model.delayNanos());
            scheduleFault();
        });
    }

    private void accept(SimulatedConnection dialled) {
        if (server.acceptsJoins()) {
            dialled.serverEnd.join(-1);
        } else if (dialled == connection) {
            clock.after(WAIT_NANOS, () -> accept(dialled));
        }
    }

    /** The client has closed this connection, or was told so by the server: it dials again. */
    private void onClosed(SimulatedConnection closed) {
        if (closed == connection && !lost) {
            lost = true;
            clock.after(REDIAL_NANOS, this::connect);
        }
    }

    private void scheduleFault() {
        if (!client.mayDial(false)) {
            // Losing the very first connection before there is a session is the dialler's matter.
            clock.after(WAIT_NANOS, this::scheduleFault);
        } else if (faults.hasNext()) {
            Fault fault = faults.next();
            clock.after(fault.afterNanos(), () -> strike(fault));
        }
    }

    private void strike(Fault fault) {
        if (healed || client.isClosed() || server.isClosed()) {
            return;
        }
        if (lost) {
            clock.after(WAIT_NANOS, () -> strike(fault));
            return;
        }
        trace.add("%s %s", name, fault);
        if (fault.kind() == FaultKind.DEATH) {
            die(fault);
        } else {
            stall(fault);
        }
    }

    private void stall(Fault fault) {
        SimulatedConnection struck = connection;
        struck.stall(fault);
        clock.after(fault.durationNanos(), () -> {
            trace.add("%s moves again", name);
            struck.unstall();
            scheduleFault();
        });
    }

    private void die(Fault fault) {
        lost = true;
        SimulatedConnection struck = connection;
        struck.die(fault);
        clock.after(fault.serverLearnsNanos(), struck.serverEnd::onBroken);
        clock.after(fault.clientLearnsNanos(), () -> {
            struck.clientEnd.onBroken();
            clock.after(fault.durationNanos(), this::connect);
        });
    }

    /** Lets go of what is still on the way. */
    void discard() {
        all.forEach(SimulatedConnection::discard);
    }
}
