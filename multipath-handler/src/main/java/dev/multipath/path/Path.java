package dev.multipath.path;

import dev.multipath.scheduler.PathAttributes;
import java.net.SocketAddress;
import java.util.Objects;

/**
 * A way between two ends: where to, and optionally from where. For a server, {@code remote} is the address to listen
 * on. It is the same path whatever is wanted of it: its attributes do not count when it is compared.
 *
 * @param label its name in events and statistics
 * @param remote the address to connect to (or to bind)
 * @param local the address to connect from, {@code null} for any
 * @param attributes what is wanted of it, from the beginning
 */
public record Path(String label, SocketAddress remote, SocketAddress local, PathAttributes attributes) {

    /**
     * Checks that all but the local address are there.
     *
     * @param label not null
     * @param remote not null
     * @param local may be null
     * @param attributes not null
     */
    public Path {
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(remote, "remote");
        Objects.requireNonNull(attributes, "attributes");
    }

    /**
     * A path of which nothing is wanted but that it works.
     *
     * @param label its name in events and statistics
     * @param remote the address to connect to (or to bind)
     * @param local the address to connect from, {@code null} for any
     */
    public Path(String label, SocketAddress remote, SocketAddress local) {
        this(label, remote, local, PathAttributes.DEFAULT);
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
        return new Path(label, remote, newLocal, attributes);
    }

    /**
     * The same path under another name.
     *
     * @param newLabel its name in events and statistics
     * @return another path; this one is as before
     */
    public Path withLabel(String newLabel) {
        return new Path(newLabel, remote, local, attributes);
    }

    /**
     * The same path, of which something else is wanted.
     *
     * @param newAttributes what is wanted of it
     * @return an equal path; this one is as before
     */
    public Path with(PathAttributes newAttributes) {
        return new Path(label, remote, local, newAttributes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Path that
                && label.equals(that.label)
                && remote.equals(that.remote)
                && Objects.equals(local, that.local);
    }

    @Override
    public int hashCode() {
        return Objects.hash(label, remote, local);
    }
}
