package dev.multipath.examples.stream;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/** Addresses for people. */
public final class AddressText {
    private AddressText() {}

    /**
     * {@code HOST:PORT}; an IPv6 address in brackets, and short.
     *
     * @param address resolved or not
     */
    public static String of(InetSocketAddress address) {
        String host = address.getHostString();
        if (host.indexOf(':') < 0) {
            return host + ":" + address.getPort();
        }
        // The short form has no word for the link that a link-local address is of.
        boolean isShortEnough = address.getAddress() instanceof Inet6Address inet6 && inet6.getScopeId() == 0;
        return "[" + (isShortEnough ? NetUtil.toAddressString(address.getAddress()) : host) + "]:" + address.getPort();
    }
}
