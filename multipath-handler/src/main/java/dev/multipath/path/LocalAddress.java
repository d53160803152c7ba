package dev.multipath.path;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;

/**
 * An address of this host, from which paths may go.
 *
 * @param interfaceName of the interface that has it, such as {@code eth0}
 * @param address what to connect from
 */
public record LocalAddress(String interfaceName, InetAddress address) {

    /**
     * Checks that there are both.
     *
     * @param interfaceName not null
     * @param address not null
     */
    public LocalAddress {
        Objects.requireNonNull(interfaceName, "interfaceName");
        Objects.requireNonNull(address, "address");
    }

    /**
     * {@return whether a connection from here may get there, by the family of the addresses} Of one that is to be resolved yet, nobody
     * knows.
     *
     * @param remote where to
     */
    public boolean suits(SocketAddress remote) {
        return remote instanceof InetSocketAddress inet
                && (inet.isUnresolved()
                        || (inet.getAddress() instanceof Inet4Address) == (address instanceof Inet4Address));
    }

    /** {@return what a socket binds to: the address, and any port} */
    public InetSocketAddress anyPort() {
        return new InetSocketAddress(address, 0);
    }

    /**
     * {@return the path from here, named after both}
     *
     * @param remote where to
     */
    public Path to(SocketAddress remote) {
        return new Path(interfaceName + "/" + address.getHostAddress() + "->" + remote, remote, anyPort());
    }
}
