package dev.multipath.channel;

import dev.multipath.path.AddressScope;
import dev.multipath.session.MultipathSession;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Keeps a session's peer informed of the addresses that this end can be reached at. Runs on the session's event loop. */
final class AddressAnnouncer {

    private final Supplier<MultipathSession> session;
    private final ChannelPaths paths;
    /** Made when something is announced. */
    private Map<InetSocketAddress, Long> ids = Collections.emptyMap();

    private List<InetSocketAddress> listed = List.of();
    private long nextId = 1;

    AddressAnnouncer(Supplier<MultipathSession> session, ChannelPaths paths) {
        this.session = session;
        this.paths = paths;
    }

    /**
     * The peer is told, unless it was.
     *
     * @throws IllegalArgumentException if the address is unresolved, or cannot be of use to the peer
     */
    void announce(InetSocketAddress address) {
        if (!isOfUse(address)) {
            throw new IllegalArgumentException(
                    address + " is of no use to a peer that is reached at " + paths.reached());
        }
        if (!ids.containsKey(address)) {
            // First what may be refused.
            session.get().announceAddress(nextId, address);
            if (ids.isEmpty()) {
                ids = new HashMap<>();
            }
            ids.put(address, nextId);
            nextId++;
        }
    }

    private boolean isOfUse(InetSocketAddress address) {
        return AddressScope.isOfUse(address, paths.reached());
    }

    /** Returns whether it was announced. */
    boolean withdraw(InetSocketAddress address) {
        Long id = ids.remove(address);
        if (id != null) {
            session.get().withdrawAddress(id);
        }
        return id != null;
    }

    /** These are all that the server has for its clients now; what was announced to this one alone stays. */
    void update(List<InetSocketAddress> addresses) {
        listed.stream().filter(address -> !addresses.contains(address)).forEach(this::withdraw);
        listed = addresses.stream().filter(this::isOfUse).toList();
        listed.forEach(this::announce);
    }
}
