package dev.multipath.path;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * Which of the addresses that a server announces ({@code ADD_ADDR} of RFC 8684 section 3.4.1) a client dials. The default is
 * none: an announced address may be anybody's, and a server should not be able to send its clients there unless they trust
 * it.
 */
@FunctionalInterface
public interface AddressPolicy {

    /** Dials none. */
    AddressPolicy NONE = (announced, paths) -> false;

    /** Dials all, IPv4 and IPv6: for servers that are trusted as the code is. */
    AddressPolicy ALL = (announced, paths) -> true;

    /** Dials those on the ports that the client has been given itself, so that no other service can be reached. */
    AddressPolicy SAME_PORTS = (announced, paths) -> paths.stream()
            .anyMatch(
                    path -> path.remote() instanceof InetSocketAddress known && known.getPort() == announced.getPort());

    /**
     * Whether to dial it. On the session's event loop.
     *
     * @param announced by the server; no path of this client leads there yet
     * @param paths that the client has at the moment
     * @return whether a path there is added
     */
    boolean accepts(InetSocketAddress announced, List<Path> paths);
}
