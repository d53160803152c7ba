package dev.multipath.transport;

import java.net.SocketAddress;

/**
 * The two ends of a subflow's path: as far as that is known, those that the network sees.
 *
 * @param local null if there is none
 * @param remote null if there is none
 */
public record SubflowAddresses(SocketAddress local, SocketAddress remote) {}
