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

    /** Of all connections: one that broke may still hold what nobody came to read. */
    private final List<SimulatedPipe> pipes = new ArrayList<>();

    private SimulatedPipe toServer;
    private SimulatedPipe toClient;
    private ConnectionEnd clientEnd;
    private ConnectionEnd serverEnd;
    private boolean broken = true;
    private boolean stalled;
    private boolean healed;
    private int connections;

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
        return !broken && !stalled && clientEnd.isOpen() && serverEnd.isOpen();
    }

    /** No more faults, and the present one ends; a connection that is broken is still replaced. */
    void heal() {
        healed = true;
        unstall();
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
        broken = false;
        toServer = new SimulatedPipe(clock, model, random.split());
        toClient = new SimulatedPipe(clock, model, random.split());
        pipes.add(toServer);
        pipes.add(toClient);
        String connection = name + "." + connections++;
        clientEnd = new ConnectionEnd(connection, client, toClient, toServer);
        serverEnd = new ConnectionEnd(connection, server, toServer, toClient);
        ConnectionEnd dialled = clientEnd;
        dialled.offer = client.offer();
        dialled.offer.frames().forEach(dialled::write);
        ConnectionEnd accepted = serverEnd;
        clock.after(model.delayNanos(), () -> accept(accepted));
        clock.after(2 * model.delayNanos(), () -> {
            dialled.onClosed = () -> onClosed(dialled);
            dialled.join(2 * model.delayNanos());
            scheduleFault();
        });
    }

    private void accept(ConnectionEnd end) {
        if (server.acceptsJoins()) {
            end.join(-1);
        } else if (end == serverEnd) {
            clock.after(WAIT_NANOS, () -> accept(end));
        }
    }

    /** The client has closed this connection, or was told so by the server: it dials again. */
    private void onClosed(ConnectionEnd end) {
        if (end == clientEnd && !broken) {
            broken = true;
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
        if (broken) {
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
        stalled = true;
        if (fault.kind() != FaultKind.STALL_TO_CLIENT) {
            toServer.stall();
        }
        if (fault.kind() != FaultKind.STALL_TO_SERVER) {
            toClient.stall();
        }
        clock.after(fault.durationNanos(), () -> {
            unstall();
            scheduleFault();
        });
    }

    private void unstall() {
        if (stalled) {
            trace.add("%s moves again", name);
            stalled = false;
            toServer.unstall();
            toClient.unstall();
        }
    }

    private void die(Fault fault) {
        broken = true;
        toServer.die(fault.losesUnread());
        toClient.die(fault.losesUnread());
        ConnectionEnd oldClientEnd = clientEnd;
        ConnectionEnd oldServerEnd = serverEnd;
        clock.after(fault.serverLearnsNanos(), oldServerEnd::onBroken);
        clock.after(fault.clientLearnsNanos(), () -> {
            oldClientEnd.onBroken();
            clock.after(fault.durationNanos(), this::connect);
        });
    }

    /** Lets go of what is still on the way. */
    void discard() {
        pipes.forEach(pipe -> pipe.die(true));
    }
}
