package dev.multipath.examples;

import java.net.InetSocketAddress;

/**
 * Where to listen, as the command line gives it: {@code [quic://][HOST]:PORT}.
 *
 * @param scheme what is to carry the paths that come there
 * @param host a name or an address; null for all addresses
 * @param port 0 for a free one
 */
record ListenAddress(AddressScheme scheme, String host, int port) {

    /**
     * Parses it.
     *
     * @throws IllegalArgumentException when it is none
     */
    static ListenAddress parse(String text) {
        AddressScheme scheme = AddressScheme.of(text);
        String place = scheme.strip(text);
        if (place.startsWith(":") && place.lastIndexOf(':') == 0) {
            return new ListenAddress(scheme, null, HostPort.parsePort(place.substring(1)));
        }
        HostPort parsed = HostPort.parse(place);
        return new ListenAddress(scheme, parsed.host(), parsed.port());
    }

    /** Looks the host up; blocks. */
    InetSocketAddress resolve() throws UnusableAddressException {
        return scheme.at(host == null ? new InetSocketAddress(port) : new HostPort(host, port).resolve(Family.ANY));
    }
}
