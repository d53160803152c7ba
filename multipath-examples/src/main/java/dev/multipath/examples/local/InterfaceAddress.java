package dev.multipath.examples.local;

import dev.multipath.path.LocalAddress;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The local side of a path: an interface, which has an address only when one is needed. */
public final class InterfaceAddress extends SocketAddress {
    /** Of Linux (IFNAMSIZ), with the zero behind it. */
    static final int MAX_NAME_BYTES = 16;

    /** Stands for all; no interface of Linux has this name, as the folder of settings for all of them has it. */
    public static final InterfaceAddress ALL = new InterfaceAddress("all");

    private final String name;

    /**
     * By its name, such as {@code wlan0}; it need not be there yet.
     *
     * @throws IllegalArgumentException if no interface can have that name
     */
    public InterfaceAddress(String name) {
        if (!name.matches("[!-.0-~]{1," + (MAX_NAME_BYTES - 1) + "}")) {
            throw new IllegalArgumentException("'" + name + "' is no name of an interface");
        }
        this.name = name;
    }

    /**
     * What is named, with each interface that has one of these addresses in the place of {@link #ALL}; each once.
     *
     * @param usable addresses from which other hosts can be reached
     */
    public static List<InterfaceAddress> expand(List<InterfaceAddress> named, Stream<LocalAddress> usable) {
        Stream<InterfaceAddress> found = usable.map(local -> new InterfaceAddress(local.interfaceName()));
        return Stream.concat(named.stream().filter(one -> !one.equals(ALL)), found)
                .distinct()
                .toList();
    }

    /** The interface's name. */
    public String name() {
        return name;
    }

    /**
     * An address that it has now, with port 0: of the family of the remote one, and one that leads beyond the link if there is.
     *
     * @throws BindException if it has none; it may get one
     */
    InetSocketAddress resolve(InetAddress remote) throws BindException {
        NetworkInterface network;
        try {
            network = NetworkInterface.getByName(name);
        } catch (SocketException e) {
            throw failure("cannot be asked: " + e.getMessage());
        }
        if (network == null) {
            throw failure("is not there");
        }
        boolean isIpv6 = remote instanceof Inet6Address;
        return network.inetAddresses()
                .filter(address -> address instanceof Inet6Address == isIpv6)
                .min(Comparator.comparing(
                        (InetAddress address) -> address.isLinkLocalAddress() != remote.isLinkLocalAddress()))
                .map(address -> new InetSocketAddress(address, 0))
                .orElseThrow(() -> failure("has no " + (isIpv6 ? "IPv6" : "IPv4") + " address"));
    }

    private BindException failure(String words) {
        return new BindException("interface " + name + " " + words);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof InterfaceAddress that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
