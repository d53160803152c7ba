package dev.multipath.path;

import dev.multipath.scheduler.PathAttributes;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A way between two ends: where to, and optionally from where. For a server, {@code remote} is the address to listen
 * on. It is the same path whatever is wanted of it: its attributes do not count when it is compared.
 *
 * @param label its name in events and statistics
 * @param remote the address to connect to (or to bind)
 * @param local the address to connect from, {@code null} for any
 * @param attributes what is wanted of it, from the beginning
 * @param socket which of its connections this is, from 1 on, if it has several at a time ({@link PathAttributes#sockets}); 0 for the
 *     path itself
 */
public record Path(String label, SocketAddress remote, SocketAddress local, PathAttributes attributes, int socket) {

    /**
     * Checks that all but the local address are there.
     *
     * @param label not null
     * @param remote not null
     * @param local may be null
     * @param attributes not null
     * @param socket not negative
     */
    public Path {
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(remote, "remote");
        Objects.requireNonNull(attributes, "attributes");
        if (socket < 0) {
            throw new IllegalArgumentException("socket must not be negative, but is " + socket);
        }
    }

    /**
     * A path of which something is wanted.
     *
     * @param label its name in events and statistics
     * @param remote the address to connect to (or to bind)
     * @param local the address to connect from, {@code null} for any
     * @param attributes what is wanted of it, from the beginning
     */
    public Path(String label, SocketAddress remote, SocketAddress local, PathAttributes attributes) {
        this(label, remote, local, attributes, 0);
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
     * @return such a path; this one is as before
     */
    public Path withLocal(SocketAddress newLocal) {
        return Objects.equals(newLocal, local) ? this : new Path(label, remote, newLocal, attributes, socket);
    }

    /**
     * The same path under another name.
     *
     * @param newLabel its name in events and statistics
     * @return such a path; this one is as before
     */
    public Path withLabel(String newLabel) {
        return newLabel.equals(label) ? this : new Path(newLabel, remote, local, attributes, socket);
    }

    /**
     * The same path, of which something else is wanted.
     *
     * @param newAttributes what is wanted of it
     * @return an equal path; this one is as before
     */
    public Path with(PathAttributes newAttributes) {
        return new Path(label, remote, local, newAttributes, socket);
    }

    /** {@return the path that this is a socket of; this one if it is none} */
    public Path whole() {
        return socket == 0 ? this : withSocket(0);
    }

    /** {@return its sockets, each dialled by itself: this one if it has no more} */
    List<Path> sockets() {
        return attributes.sockets() == 1
                ? List.of(this)
                : IntStream.rangeClosed(1, attributes.sockets())
                        .mapToObj(this::withSocket)
                        .toList();
    }

    private Path withSocket(int newSocket) {
        return new Path(label, remote, local, attributes, newSocket);
    }

    /** {@return it for a log: the name, where it leads, and what is wanted of it if that is anything} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(label).append(" (");
        if (local != null) {
            text.append(local).append(" -> ");
        }
        text.append(remote);
        if (!attributes.equals(PathAttributes.DEFAULT)) {
            text.append("; ").append(attributes);
        }
        if (socket > 0) {
            text.append("; socket ").append(socket);
        }
        return text.append(')').toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Path that
                && label.equals(that.label)
                && remote.equals(that.remote)
                && Objects.equals(local, that.local)
                && socket == that.socket;
    }

    @Override
    public int hashCode() {
        return Objects.hash(label, remote, local, socket);
    }
}
