package dev.multipath.path;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/** The addresses of this host, by interface. Asking takes system calls: not for event loops. */
public final class LocalInterfaces {

    private LocalInterfaces() {}

    /**
     * {@return the addresses from which other hosts can be reached} Those of interfaces that are up; not loopback, and none that is
     * valid on its link only.
     *
     * @throws SocketException if the host does not tell
     */
    public static List<LocalAddress> usable() throws SocketException {
        List<LocalAddress> usable = new ArrayList<>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (each.isUp() && !each.isLoopback()) {
                each.inetAddresses()
                        .filter(address -> !address.isLinkLocalAddress() && !address.isLoopbackAddress())
                        .forEach(address -> usable.add(new LocalAddress(each.getName(), address)));
            }
        }
        return usable;
    }

    /**
     * {@return the addresses of one interface, or the one that is named}
     *
     * @param nameOrAddress the name of an interface, such as {@code wlan0}, or one of this host's addresses in digits
     * @throws IllegalArgumentException if this host has no such interface or address
     * @throws SocketException if the host does not tell
     */
    public static List<LocalAddress> named(String nameOrAddress) throws SocketException {
        List<LocalAddress> named = new ArrayList<>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            each.inetAddresses()
                    .filter(address -> each.getName().equals(nameOrAddress) || isIn(nameOrAddress, address))
                    .forEach(address -> named.add(new LocalAddress(each.getName(), address)));
        }
        if (named.isEmpty()) {
            throw new IllegalArgumentException("this host has no interface and no address " + nameOrAddress);
        }
        return named;
    }

    /** Without asking a name service: what is no address in digits is none of ours. */
    private static boolean isIn(String digits, InetAddress address) {
        String host = address.getHostAddress();
        int zone = host.indexOf('%');
        return digits.equalsIgnoreCase(host) || (zone > 0 && digits.equalsIgnoreCase(host.substring(0, zone)));
    }

    /**
     * Calls back whenever the interfaces of this host, or their addresses, have changed: at most half a second later, by asking.
     *
     * @param onChange called on a thread that may be blocked for a while
     * @return to be run when that is not wanted any more; any thread
     */
    public static Runnable onChange(Runnable onChange) {
        return InterfaceWatch.SHARED.watch(onChange)::cancel;
    }
}
