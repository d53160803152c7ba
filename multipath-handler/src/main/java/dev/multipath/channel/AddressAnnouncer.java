package dev.multipath.channel;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps a session's peer informed of the addresses that this end can be reached at. Runs on the session's event loop. */
final class AddressAnnouncer {

    private final SessionDriver driver;
    private final Map<InetSocketAddress, Long> ids = new HashMap<>();
    private List<InetSocketAddress> listed = List.of();
    private long nextId = 1;

    AddressAnnouncer(SessionDriver driver) {
        this.driver = driver;
    }

    /**
     * The peer is told, unless it was.
     *
     * @throws IllegalArgumentException if the address is unresolved
     */
    void announce(InetSocketAddress address) {
        if (!ids.containsKey(address)) {
            // First what may be refused.
            driver.session().announceAddress(nextId, address);
            ids.put(address, nextId);
            nextId++;
        }
    }

    /** Returns whether it was announced. */
    boolean withdraw(InetSocketAddress address) {
        Long id = ids.remove(address);
        if (id != null) {
            driver.session().withdrawAddress(id);
        }
        return id != null;
    }

    /** These are all that the server has for its clients now; what was announced to this one alone stays. */
    void update(List<InetSocketAddress> addresses) {
        listed.stream().filter(address -> !addresses.contains(address)).forEach(this::withdraw);
        listed = List.copyOf(addresses);
        listed.forEach(this::announce);
    }
}
