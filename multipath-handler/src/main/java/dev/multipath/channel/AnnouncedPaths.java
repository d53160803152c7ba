package dev.multipath.channel;

import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AddressScope;
import dev.multipath.path.Path;
import dev.multipath.path.PathManager;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Where a client's paths lead by its server's word: to addresses that it announces; and nowhere else if it says so, since others
 * listen where sessions are asked for. Then each path that leads elsewhere goes to an announced address instead, from where it
 * did, as soon as it has no subflow that delivers. If there is none, it is dialled only while no path delivers, when chance is
 * better than nothing. Runs on the channel's event loop.
 */
final class AnnouncedPaths {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(AnnouncedPaths.class);

    /** As many as a peer may have at a time: who announces more takes others back, and has us dial whomever he likes. */
    private static final int AT_ONCE = 16;

    private static final long NANOS_PER_ADDRESS = TimeUnit.SECONDS.toNanos(1);

    /** An address that is announced and accepted, as it can be dialled, and the paths that are there because of it. */
    private record Destination(InetSocketAddress remote, List<Path> paths) {

        boolean isReachedFrom(SocketAddress local) {
            return !(local instanceof InetSocketAddress from)
                    || from.isUnresolved()
                    || from.getAddress().isAnyLocalAddress()
                    || from.getAddress() instanceof Inet4Address == remote.getAddress() instanceof Inet4Address;
        }
    }

    private final SessionChannel channel;
    private final PathManager pathManager;
    private final AddressPolicy policy;

    /** By what was announced, in that order. */
    private Map<InetSocketAddress, Destination> destinations = Collections.emptyMap();

    /** Paths to where no joins are wanted, and which ones are dialled in their place. */
    private Map<Path, Path> substitutes = Collections.emptyMap();

    /** Joins are wanted there only. */
    private boolean exclusive;

    /** It stands in the log that a path has nowhere to lead to: else nobody would know why it never has a subflow. */
    private boolean nowhereTold;

    /** Each address that is dialled costs a second: when all so far are paid for. */
    private long paidAtNanos;

    /** Null until there is a session; nothing is announced before. */
    private DrivenSession driver;

    AnnouncedPaths(SessionChannel channel, PathManager pathManager) {
        this.channel = channel;
        this.pathManager = pathManager;
        policy = channel.multipathConfig().get(MultipathChannelOption.ADDRESS_POLICY);
    }

    void begin(DrivenSession newDriver) {
        driver = newDriver;
    }

    // ---- the server's word

    /** An address that is of use here. */
    void onAddressAdded(InetSocketAddress address, List<SocketAddress> reached) {
        InetSocketAddress remote = AddressScope.dialable(address, reached);
        List<Path> paths = pathManager.paths();
        boolean known = paths.stream().anyMatch(path -> path.remote().equals(remote));
        if ((known ? !exclusive : !policy.accepts(remote, paths)) || !pay(SessionClock.nowNanos())) {
            return;
        }
        if (destinations.isEmpty()) {
            destinations = new LinkedHashMap<>();
        }
        Destination destination = new Destination(remote, new ArrayList<>(1));
        destinations.put(address, destination);
        if (!exclusive) {
            add(destination, Path.of("announced " + address, remote));
        }
        settle();
    }

    /** Whether there may be another one, of those that the server has announced so far. */
    private boolean pay(long nowNanos) {
        if (paidAtNanos - nowNanos > (AT_ONCE - 1) * NANOS_PER_ADDRESS) {
            LOGGER.debug("{} the server's addresses change too fast: one is not dialled", channel);
            return false;
        }
        paidAtNanos = Math.max(paidAtNanos, nowNanos) + NANOS_PER_ADDRESS;
        return true;
    }

    private void add(Destination destination, Path path) {
        destination.paths.add(path);
        channel.paths().metrics(path);
        pathManager.addPath(path);
    }

    void onAddressRemoved(InetSocketAddress address) {
        Destination destination = destinations.remove(address);
        if (destination != null) {
            substitutes.values().removeAll(destination.paths);
            for (Path path : destination.paths) {
                pathManager.removePath(path);
                driver.links().withdraw(driver.links().on(path));
                channel.onUnused(path);
            }
            settle();
        }
    }

    /** The server wants joins at announced addresses only. */
    void onJoinsElsewhere() {
        exclusive = true;
        settle();
    }

    // ---- what becomes of paths

    /** Subflows, paths or addresses have changed: sees that each path leads somewhere, and not where it should not. */
    void settle() {
        if (!exclusive) {
            return;
        }
        for (Path path : pathManager.paths()) {
            if (!leadsToAnnounced(path) && !delivers(driver.links().on(path)) && !substitutes.containsKey(path)) {
                destination(path).ifPresent(destination -> substitute(path, destination));
            }
            if (isClosed(path)) {
                pathManager.hold(path);
                tellIfNowhere(path);
            } else {
                pathManager.release(path);
            }
        }
    }

    private void tellIfNowhere(Path path) {
        if (!nowhereTold
                && destination(path).isEmpty()
                && !delivers(driver.links().on(path))) {
            nowhereTold = true;
            LOGGER.info(
                    "{} path {} is not dialled: the server wants joins at addresses that it announces, and none of them is accepted here",
                    channel,
                    path.label());
        }
    }

    private boolean leadsToAnnounced(Path path) {
        return destinations.values().stream().anyMatch(destination -> destination.remote.equals(path.remote()));
    }

    private static boolean delivers(List<SubflowLink> links) {
        return links.stream().anyMatch(SubflowLink::deliversBothWays);
    }

    /** Of several addresses that which the fewest paths lead to. */
    private Optional<Destination> destination(Path path) {
        return destinations.values().stream()
                .filter(destination -> destination.isReachedFrom(path.local()))
                .min(Comparator.comparingInt(destination -> destination.paths.size()));
    }

    private void substitute(Path path, Destination destination) {
        Path substitute = new Path(
                path.label() + " at " + destination.remote, destination.remote, path.local(), path.attributes());
        if (substitutes.isEmpty()) {
            substitutes = new HashMap<>();
        }
        substitutes.put(path, substitute);
        add(destination, substitute);
    }

    // ---- asked by who changes paths

    /** Whether a path is not to be dialled now. */
    boolean isClosed(Path path) {
        return exclusive
                && !leadsToAnnounced(path)
                && (delivers(driver.links().all()) || destination(path).isPresent());
    }

    /** Whether nothing can be dialled for a path. */
    boolean leadsNowhere(Path path) {
        return isClosed(path) && destination(path).isEmpty();
    }

    /** The path in whose place this one is dialled; mostly itself. */
    Path original(Path path) {
        for (Map.Entry<Path, Path> entry : substitutes.entrySet()) {
            if (entry.getValue().equals(path)) {
                return entry.getKey();
            }
        }
        return path;
    }

    /** Nothing is to be dialled for the path any more. Returns what was, if that is not the path itself; else null. */
    Path forget(Path path) {
        Path substitute = substitutes.remove(path);
        destinations.values().forEach(destination -> destination.paths.remove(substitute));
        return substitute;
    }
}
