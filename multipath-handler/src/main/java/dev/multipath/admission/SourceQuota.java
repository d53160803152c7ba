package dev.multipath.admission;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * How many places one host may have at a server when there are none left, and what one host is. While there are, everybody may
 * have more; then who has as many gets a further one only for the oldest of its own least proven, and who has more is not
 * protected against others by what it has earned. Immutable.
 */
public final class SourceQuota {

    /**
     * 1000 sessions and 256 handshakes from one IPv4 address or IPv6 /64. A tenth and a quarter of the server's places by
     * default: enough for the offices and carriers that share an address, too few to crowd out the others.
     */
    public static final SourceQuota DEFAULT = new SourceQuota(1000, 256, 32, 64, address -> false);

    /** Nobody is counted by address. For servers whose clients all come by one proxy. */
    public static final SourceQuota NONE =
            new SourceQuota(Integer.MAX_VALUE, Integer.MAX_VALUE, 32, 64, address -> true);

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    private final int maxSessions;
    private final int maxHandshakes;
    private final int ipv4PrefixBits;
    private final int ipv6PrefixBits;
    private final Predicate<InetAddress> exempt;

    private SourceQuota(
            int maxSessions, int maxHandshakes, int ipv4PrefixBits, int ipv6PrefixBits, Predicate<InetAddress> exempt) {
        this.maxSessions = maxSessions;
        this.maxHandshakes = maxHandshakes;
        this.ipv4PrefixBits = ipv4PrefixBits;
        this.ipv6PrefixBits = ipv6PrefixBits;
        this.exempt = exempt;
    }

    /**
     * {@link #DEFAULT} with other numbers.
     *
     * @param maxSessions open sessions that began from one host; positive
     * @param maxHandshakes connections from one host that have not proved yet that they belong to a session; positive
     * @return the quota
     * @throws IllegalArgumentException if a number is not positive
     */
    public static SourceQuota of(int maxSessions, int maxHandshakes) {
        if (maxSessions < 1 || maxHandshakes < 1) {
            throw new IllegalArgumentException(
                    "a host must have at least one place, not " + maxSessions + " and " + maxHandshakes);
        }
        return new SourceQuota(
                maxSessions, maxHandshakes, DEFAULT.ipv4PrefixBits, DEFAULT.ipv6PrefixBits, DEFAULT.exempt);
    }

    /**
     * What counts as one host.
     *
     * @param newIpv4PrefixBits 0 to 32
     * @param newIpv6PrefixBits 0 to 128; an IPv4-mapped address counts as its IPv4 address
     * @return another quota; this one is as before
     * @throws IllegalArgumentException if a number is not in its range
     */
    public SourceQuota withPrefixes(int newIpv4PrefixBits, int newIpv6PrefixBits) {
        if (newIpv4PrefixBits < 0
                || newIpv4PrefixBits > IPV4_BITS
                || newIpv6PrefixBits < 0
                || newIpv6PrefixBits > IPV6_BITS) {
            throw new IllegalArgumentException(
                    "no such prefixes: /" + newIpv4PrefixBits + " and /" + newIpv6PrefixBits);
        }
        return new SourceQuota(maxSessions, maxHandshakes, newIpv4PrefixBits, newIpv6PrefixBits, exempt);
    }

    /**
     * Who is not counted: proxies, load balancers, the loopback ({@code InetAddress::isLoopbackAddress}).
     *
     * @param addresses tells them; called for each connection, on any thread
     * @return another quota, with these only; this one is as before
     */
    public SourceQuota exempting(Predicate<InetAddress> addresses) {
        Objects.requireNonNull(addresses, "addresses");
        return new SourceQuota(maxSessions, maxHandshakes, ipv4PrefixBits, ipv6PrefixBits, addresses);
    }

    /** {@return how many open sessions may have begun from one host} */
    public int maxSessions() {
        return maxSessions;
    }

    /** {@return how many connections from one host may be without a session} */
    public int maxHandshakes() {
        return maxHandshakes;
    }

    /**
     * Whom an address counts for.
     *
     * @param remote of a connection
     * @return equal for addresses of one host; for those without an IP address, and the exempt, equal to nothing else
     */
    public Object sourceOf(SocketAddress remote) {
        InetAddress address = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
        return address == null || exempt.test(address)
                ? new Object()
                : Source.of(address.getAddress(), ipv4PrefixBits, ipv6PrefixBits);
    }

    @Override
    public String toString() {
        return maxSessions + " sessions, " + maxHandshakes + " handshakes per /" + ipv4PrefixBits + " and /"
                + ipv6PrefixBits;
    }
}
