package dev.multipath.recipes;

import dev.multipath.path.MultipathAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Two paths to a server on this machine. */
final class Loopback {

    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private Loopback() {}

    /** To listen at: two ports that the system chooses. */
    static MultipathAddress twoPorts() {
        return MultipathAddress.of(ANY, ANY);
    }

    /** For servers that do not tell which port the system has chosen: one that is free now. */
    static InetSocketAddress freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(ANY);
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }
    }
}
