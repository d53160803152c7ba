package dev.multipath.testsuite;

import java.util.Map;
import java.util.TreeMap;

/** Netty's tests of socket transports that do not run here at all, and why. */
final class NotRun {

    private static final String DATAGRAMS = "Datagrams; a session is a stream.";

    /** By the simple name of Netty's class, sorted. */
    static final Map<String, String> REASONS = new TreeMap<>(Map.ofEntries(
            Map.entry("DatagramConnectNotExistsTest", DATAGRAMS),
            Map.entry("DatagramConnectedWriteExceptionTest", DATAGRAMS),
            Map.entry("DatagramMulticastIPv6Test", DATAGRAMS),
            Map.entry("DatagramMulticastTest", DATAGRAMS),
            Map.entry("DatagramUnicastIPv6MappedTest", DATAGRAMS),
            Map.entry("DatagramUnicastIPv6Test", DATAGRAMS),
            Map.entry("DatagramUnicastInetTest", DATAGRAMS),
            Map.entry("DatagramUnicastTest", DATAGRAMS),
            Map.entry("ServerSocketSuspendTest", "Its peers are plain java.net.Sockets; Netty itself has disabled it."),
            Map.entry(
                    "SocketShutdownOutputByPeerTest",
                    "Its peer is a plain java.net.Socket. AbstractSocketShutdownOutputByPeerTest, which is all of it, runs"
                            + " with a multipath channel as peer."),
            Map.entry("SocketShutdownOutputBySelfTest", "Its peer is a plain java.net.ServerSocket."),
            Map.entry(
                    "SocketSslLargeCertificateTest",
                    "A test of SslHandler: makes its own NIO channels and cannot be given others."),
            Map.entry(
                    "SocketSslSessionReuseTest",
                    "Makes its SSLEngines with host and port of the server channel's InetSocketAddress.")));

    private NotRun() {}
}
