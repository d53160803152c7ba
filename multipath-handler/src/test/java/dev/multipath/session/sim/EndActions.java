package dev.multipath.session.sim;

import dev.multipath.codec.PathCloseFrame;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import dev.multipath.session.sim.EndPlan.Action;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one end does with its subflows and addresses, and which addresses it knows of. */
final class EndActions {

    private static final int ADDRESS_IDS = 4;

    /** Few, so that one moves from id to id. */
    private static final int ADDRESSES = 6;

    private static final int FIRST_PORT = 1000;

    private final SessionRole role;
    private final MultipathSession session;

    /** Server: what it has announced, by id. */
    private final Map<Integer, InetSocketAddress> announced = new HashMap<>();

    /** Client: what it was told. */
    private final Set<InetSocketAddress> heardOf = new HashSet<>();

    EndActions(SessionRole role, MultipathSession session) {
        this.role = role;
        this.session = session;
    }

    void act(Action action, long nowNanos) {
        List<Subflow> subflows = session.subflows();
        Subflow subflow = subflows.isEmpty() ? null : subflows.get(action.value() % subflows.size());
        switch (action.kind()) {
            case ANNOUNCE -> {
                if (role == SessionRole.SERVER) {
                    int addressId = action.value() % ADDRESS_IDS;
                    InetSocketAddress address =
                            new InetSocketAddress("127.0.0.1", FIRST_PORT + action.value() % ADDRESSES);
                    announced.put(addressId, address);
                    session.announceAddress(addressId, address);
                }
            }
            case WITHDRAW -> {
                int addressId = action.value() % ADDRESS_IDS;
                if (announced.remove(addressId) != null) {
                    session.withdrawAddress(addressId);
                }
            }
            case BACKUP -> {
                if (subflow != null) {
                    session.setBackup(subflow, !subflow.isBackup());
                }
            }
            case CLOSE_SUBFLOW -> {
                if (subflow != null) {
                    session.closeSubflow(subflow, PathCloseFrame.REPLACED, "because", nowNanos);
                }
            }
        }
    }

    void onAdded(InetSocketAddress address) {
        Simulation.check(heardOf.add(address), "%s was added twice", address);
    }

    void onRemoved(InetSocketAddress address) {
        Simulation.check(heardOf.remove(address), "%s was removed, but never added", address);
    }

    Set<InetSocketAddress> addresses() {
        return role == SessionRole.SERVER ? Set.copyOf(announced.values()) : heardOf;
    }
}
