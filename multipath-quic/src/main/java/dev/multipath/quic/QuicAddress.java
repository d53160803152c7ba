package dev.multipath.quic;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * The address of a path that is to be dialled, or listened on, by QUIC, where a transport has other ways too: {@link
 * QuicTransport#alongside}. It is equal to the plain address of that host and port, as both name the same place: a server that
 * announces it is not dialled twice.
 */
public final class QuicAddress extends InetSocketAddress {

    /**
     * At an address.
     *
     * @param address where
     * @param port the UDP port
     */
    public QuicAddress(InetAddress address, int port) {
        super(address, port);
    }

    private QuicAddress(String host, int port) {
        super(host, port);
    }

    /**
     * At a host, whose name is looked up.
     *
     * @param host a name, or an address as a literal
     * @param port the UDP port
     * @return its address; unresolved if the name is not known
     */
    public static QuicAddress of(String host, int port) {
        return new QuicAddress(host, port);
    }

    /**
     * At a place that is known.
     *
     * @param place a resolved address
     * @return the same place, by QUIC
     */
    public static QuicAddress of(InetSocketAddress place) {
        if (place.isUnresolved()) {
            throw new IllegalArgumentException("unresolved: " + place);
        }
        return new QuicAddress(place.getAddress(), place.getPort());
    }

    static boolean isQuic(SocketAddress address) {
        return address instanceof QuicAddress;
    }

    @Override
    public String toString() {
        return "quic:" + super.toString();
    }
}
