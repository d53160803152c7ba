package dev.multipath.path;

import java.net.SocketAddress;
import java.util.Objects;

/**
 * A way between two ends: where to, and optionally from where. For a server, {@code remote} is the address to listen
 * on.
 *
 * @param label its name in events and statistics
 * @param remote the address to connect to (or to bind)
 * @param local the address to connect from, {@code null} for any
 */
public record Path(String label, SocketAddress remote, SocketAddress local) {

    /**
     * Checks that label and remote are there.
     *
     * @param label not null
     * @param remote not null
     * @param local may be null
     */
    public Path {
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(remote, "remote");
    }

    /**
     * A path named after its address.
     *
     * @param remote where to; an unresolved address is resolved when it is dialled
     * @return the path, from any local address
     */
    public static Path of(SocketAddress remote) {
        return new Path(remote.toString(), remote, null);
    }

    /**
     * A path with a name.
     *
     * @param label its name
     * @param remote where to; an unresolved address is resolved when it is dialled
     * @return the path, from any local address
     */
    public static Path of(String label, SocketAddress remote) {
        return new Path(label, remote, null);
    }

    /**
     * The same path from a given local address, which is what chooses the interface.
     *
     * @param newLocal with port 0 for any; {@code null} for any address
     * @return another path; this one is as before
     */
    public Path withLocal(SocketAddress newLocal) {
        return new Path(label, remote, newLocal);
    }
}
