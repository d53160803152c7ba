/**
 * The kernel's own Multipath TCP (RFC 8684, Linux 5.6 and later) below Netty's epoll channels: for plain bootstraps, by
 * {@link dev.multipath.transport.mptcp.Mptcp}, and for subflows, by {@link dev.multipath.transport.mptcp.MptcpTransport}.
 * Nothing in it is native code of this project's. Netty opens sockets of TCP only, so the descriptor comes from elsewhere:
 *
 * <ul>
 *   <li>on JDK 22 and later from {@code socket(2)} by {@code java.lang.foreign}, and {@code dup3(2)} puts it in the place of
 *       the one that a channel was made with;
 *   <li>else from io_uring, which can open sockets (Linux 5.19), and a channel is made of it.
 * </ul>
 *
 * <p>Needs {@code netty-transport-native-epoll}, and for the second way {@code netty-transport-native-io_uring}.
 */
package dev.multipath.transport.mptcp;
