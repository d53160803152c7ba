package dev.multipath.path;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where else clients are told that a server can be reached ({@code ADD_ADDR} of RFC 8684 section 3.4.1). The default is
 * nowhere: addresses behind a NAT or of inner networks are of no use outside, and nobody's business.
 */
@FunctionalInterface
public interface AnnouncedAddresses {

    /** Announces nothing. */
    AnnouncedAddresses NONE = listeners -> List.of();

    /** As the listeners are bound; one bound to the wildcard address stands for all interfaces that are up. */
    AnnouncedAddresses LISTENERS = AnnouncedAddresses::expand;

    /**
     * These, whatever the listeners are: for a server behind a NAT.
     *
     * @param addresses resolved
     * @return announces them to those that each can be of use to: {@link AddressScope#isOfUse}
     * @throws IllegalArgumentException if one is unresolved, as numbers are announced and not names; or if nobody can be
     *     connected to there
     */
    static AnnouncedAddresses of(InetSocketAddress... addresses) {
        List<InetSocketAddress> told = List.of(addresses);
        for (InetSocketAddress address : told) {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException("unresolved address " + address);
            }
            if (address.getPort() == 0 || AddressScope.of(address.getAddress()) == AddressScope.NOWHERE) {
                throw new IllegalArgumentException("nobody can be connected to at " + address);
            }
        }
        return listeners -> told;
    }

    /**
     * The addresses to announce to a new session. Called on the session's event loop.
     *
     * @param listeners where the server listens
     * @return resolved addresses
     */
    List<InetSocketAddress> of(List<? extends SocketAddress> listeners);

    /**
     * Whether clients are told to join there, and nowhere else (as {@code C} of RFC 8684 section 3.1).
     *
     * @return false unless {@link #only} says otherwise
     */
    default boolean areExclusive() {
        return false;
    }

    /**
     * The same, and clients are told to join there only: for a server that shares the addresses at which sessions are asked for with
     * others, to any of which a join might come. Clients lead their paths there if their {@link AddressPolicy} accepts one of the
     * addresses. If it accepts none, their sessions have one path at a time.
     *
     * @return such addresses; these are as before
     */
    default AnnouncedAddresses only() {
        AnnouncedAddresses these = this;
        return new AnnouncedAddresses() {
            @Override
            public List<InetSocketAddress> of(List<? extends SocketAddress> listeners) {
                return these.of(listeners);
            }

            @Override
            public boolean areExclusive() {
                return true;
            }
        };
    }

    private static List<InetSocketAddress> expand(List<? extends SocketAddress> listeners) {
        Set<InetSocketAddress> addresses = new LinkedHashSet<>();
        for (SocketAddress listener : listeners) {
            if (listener instanceof InetSocketAddress inet && !inet.isUnresolved()) {
                if (inet.getAddress().isAnyLocalAddress()) {
                    interfaceAddresses().forEach(a -> addresses.add(new InetSocketAddress(a, inet.getPort())));
                } else {
                    addresses.add(new InetSocketAddress(withoutScope(inet.getAddress()), inet.getPort()));
                }
            }
        }
        return List.copyOf(addresses);
    }

    /** Those that another host could reach: not loopback, and not link-local, which mean nothing without their link. */
    private static List<InetAddress> interfaceAddresses() {
        List<InetAddress> found = new ArrayList<>();
        try {
            for (NetworkInterface each : (Iterable<NetworkInterface>) NetworkInterface.networkInterfaces()::iterator) {
                if (each.isUp() && !each.isLoopback()) {
                    each.inetAddresses()
                            .filter(a -> !a.isLinkLocalAddress() && !a.isMulticastAddress())
                            .map(AnnouncedAddresses::withoutScope)
                            .forEach(found::add);
                }
            }
        } catch (SocketException e) {
            // No interface can be looked at: then there is nothing to announce.
            return List.of();
        }
        return found;
    }

    /** A scope names an interface of this host, which says nothing to another. */
    private static InetAddress withoutScope(InetAddress address) {
        return address instanceof Inet6Address ? AddressScope.byAddress(address.getAddress()) : address;
    }
}
