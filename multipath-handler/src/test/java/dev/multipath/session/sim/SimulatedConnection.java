package dev.multipath.session.sim;

import dev.multipath.session.JoinOffer;
import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.PathModel.FaultKind;
import java.util.SplittableRandom;

/** One connection over a path, from dialling it to its end. */
final class SimulatedConnection {

    final ConnectionEnd clientEnd;
    final ConnectionEnd serverEnd;
    private final SimulatedPipe toServer;
    private final SimulatedPipe toClient;
    private boolean stalled;
    private boolean dead;

    SimulatedConnection(
            String name,
            PathModel model,
            EventQueue clock,
            SplittableRandom random,
            Endpoint client,
            Endpoint server,
            JoinOffer offer) {
        toServer = new SimulatedPipe(clock, model, random.split());
        toClient = new SimulatedPipe(clock, model, random.split());
        clientEnd = new ConnectionEnd(name, client, toClient, toServer);
        serverEnd = new ConnectionEnd(name, server, toServer, toClient);
        clientEnd.offer = offer;
        offer.frames().forEach(clientEnd::write);
    }

    boolean isDead() {
        return dead;
    }

    /** Whether both ends have it, and everything on it moves. */
    boolean isWorking() {
        return !dead && !stalled && clientEnd.isOpen() && serverEnd.isOpen();
    }

    void stall(Fault fault) {
        stalled = true;
        if (fault.kind() != FaultKind.STALL_TO_CLIENT) {
            toServer.stall();
        }
        if (fault.kind() != FaultKind.STALL_TO_SERVER) {
            toClient.stall();
        }
    }

    void unstall() {
        stalled = false;
        toServer.unstall();
        toClient.unstall();
    }

    /** It breaks, and neither end knows. */
    void die(Fault fault) {
        dead = true;
        toServer.die(fault.losesUnread());
        toClient.die(fault.losesUnread());
    }

    /** Lets go of what is still on the way, or was not read by an end that did not learn of its death. */
    void discard() {
        toServer.die(true);
        toClient.die(true);
    }
}
