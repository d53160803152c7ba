package dev.multipath.testsuite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * An address of this machine that does not answer: a listener that accepts nothing and whose backlog is full. It is there
 * for as long as the machine of the tests.
 */
final class DeafAddress {

    private static final int PATIENCE_MILLIS = 200;

    private static final List<AutoCloseable> KEPT = new ArrayList<>();

    private DeafAddress() {}

    /** Takes the place of the far away address that Netty's tests of failing connects use, before they look at it. */
    static void tellNetty() {
        try {
            InetSocketAddress address = open();
            System.setProperty(
                    "io.netty.testsuite.badHost", address.getAddress().getHostAddress());
            System.setProperty("io.netty.testsuite.badPort", Integer.toString(address.getPort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InetSocketAddress open() throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        KEPT.add(listener);
        InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
        // Else the kernel answers for QUIC, that nobody is there.
        KEPT.add(new DatagramSocket(address));
        for (boolean full = false; !full; ) {
            Socket filler = new Socket();
            KEPT.add(filler);
            try {
                filler.connect(address, PATIENCE_MILLIS);
            } catch (SocketTimeoutException e) {
                full = true;
            }
        }
        return address;
    }
}
