package dev.multipath.channel;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps a session's peer informed of the addresses that this end can be reached at. Runs on the session's event loop. */
final class AddressAnnouncer {

    private final SessionDriver driver;
    private final Map<InetSocketAddress, Long> ids = new HashMap<>();
    private long nextId = 1;

    AddressAnnouncer(SessionDriver driver) {
        this.driver = driver;
    }

    void announce(InetSocketAddress address) {
        if (!ids.containsKey(address)) {
            ids.put(address, nextId);
            driver.session().announceAddress(nextId, address);
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

    /** These are all that there are now. */
    void update(List<InetSocketAddress> addresses) {
        List.copyOf(ids.keySet()).stream()
                .filter(address -> !addresses.contains(address))
                .forEach(this::withdraw);
        addresses.forEach(this::announce);
    }
}
