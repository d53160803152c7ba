package dev.multipath.path;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collection;

/**
 * How far an IP address reaches (RFC 4007, RFC 6890), and so to whom it is of any use. Who tells a peer of an address, and who
 * is told, asks {@link #isOfUse}: an address of this host or link leads somebody else astray, to himself for one.
 *
 * <p>There is one predicate for both sides, since either may be wrong: a peer may be hostile, or on another link.
 */
public enum AddressScope {
    /** Unspecified, multicast, broadcast, reserved: nobody can be connected to there. */
    NOWHERE,
    /** Loopback: only on the same host. */
    HOST,
    /** Link-local: only on the same link, by an interface that the address does not tell to others. */
    LINK,
    /** All else, private networks too: only who tries can know. */
    WIDE;

    private static final int IPV4_BYTES = 4;

    /** IPv6 addresses with an IPv4 one at their end: compatible, mapped, translated (RFC 4291, RFC 6052, RFC 2765). */
    private static final byte[][] IPV4_PREFIXES = {
        new byte[12],
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1},
        {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0},
        {0, 0x64, -1, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}
    };

    /**
     * Classifies an address; an IPv6 one that stands for an IPv4 one is as that is.
     *
     * @param address of either family
     * @return how far it reaches
     */
    public static AddressScope of(InetAddress address) {
        if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
            return NOWHERE;
        }
        if (address.isLoopbackAddress()) {
            return HOST;
        }
        if (address.isLinkLocalAddress()) {
            return LINK;
        }
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) {
            int first = bytes[0] & 0xff;
            // "This network" (RFC 1122 section 3.2.1.3), and what is reserved, broadcast included.
            return first == 0 || first >= 240 ? NOWHERE : WIDE;
        }
        for (byte[] prefix : IPV4_PREFIXES) {
            if (Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length)) {
                return of(byAddress(Arrays.copyOfRange(bytes, bytes.length - IPV4_BYTES, bytes.length)));
            }
        }
        return WIDE;
    }

    /**
     * Whether an address can be of use to an end that reaches, or is reached by, the other at these.
     *
     * @param announced the address that one end tells the other of
     * @param peers the addresses over which the two know each other: one end's, seen from the other
     * @return false for one that is unresolved, has no port, or does not reach so far
     */
    public static boolean isOfUse(InetSocketAddress announced, Collection<? extends SocketAddress> peers) {
        if (announced.isUnresolved() || announced.getPort() == 0) {
            return false;
        }
        AddressScope scope = of(announced.getAddress());
        return scope == WIDE || (scope != NOWHERE && peers.stream().anyMatch(peer -> scope == scopeOf(peer)));
    }

    /**
     * The address as it can be dialled: a link-local one of IPv6 is on the link over which the peer is reached.
     *
     * @param announced one that is of use
     * @param peers as in {@link #isOfUse}
     * @return the address, with the scope of one of the peers' if it needs one
     */
    public static InetSocketAddress dialable(InetSocketAddress announced, Collection<? extends SocketAddress> peers) {
        if (!(announced.getAddress() instanceof Inet6Address inet) || !inet.isLinkLocalAddress()) {
            return announced;
        }
        return peers.stream()
                .filter(peer -> scopeOf(peer) == LINK)
                .map(peer -> ((InetSocketAddress) peer).getAddress())
                .filter(Inet6Address.class::isInstance)
                .map(peer -> onLink(inet, ((Inet6Address) peer).getScopeId()))
                .map(scoped -> new InetSocketAddress(scoped, announced.getPort()))
                .findFirst()
                .orElse(announced);
    }

    private static AddressScope scopeOf(SocketAddress peer) {
        return peer instanceof InetSocketAddress inet && !inet.isUnresolved() ? of(inet.getAddress()) : NOWHERE;
    }

    private static InetAddress onLink(Inet6Address address, int scopeId) {
        try {
            return Inet6Address.getByAddress(null, address.getAddress(), scopeId);
        } catch (UnknownHostException e) {
            // Only for a wrong length.
            throw new IllegalStateException(e);
        }
    }

    /** The address without an interface of this host, which says nothing to another. */
    static InetAddress byAddress(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            // Only for a wrong length.
            throw new IllegalStateException(e);
        }
    }
}
