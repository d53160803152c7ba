package dev.multipath.path;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The paths between two ends, as one address for {@code Bootstrap.connect} and {@code ServerBootstrap.bind}. Immutable. A
 * path whose label another one has before it gets {@code #2}, {@code #3}, ... behind its own.
 */
public final class MultipathAddress extends SocketAddress {

    private final transient List<Path> paths;

    private MultipathAddress(List<Path> paths) {
        this.paths = List.copyOf(withUniqueLabels(paths));
        if (this.paths.isEmpty()) {
            throw new IllegalArgumentException("a multipath address needs at least one path");
        }
    }

    /** Several subflows between the same two addresses are fine, but a path must be told from another by its label. */
    private static List<Path> withUniqueLabels(List<Path> paths) {
        Set<String> labels = new HashSet<>();
        List<Path> unique = new ArrayList<>(paths.size());
        for (Path path : paths) {
            String label = path.label();
            for (int copy = 2; !labels.add(label); copy++) {
                label = path.label() + "#" + copy;
            }
            unique.add(path.withLabel(label));
        }
        return unique;
    }

    /**
     * One path to each address, named after it.
     *
     * @param remotes at least one; unresolved ones are resolved when they are dialled
     * @return the address
     * @throws IllegalArgumentException if there is none
     */
    public static MultipathAddress of(SocketAddress... remotes) {
        return new MultipathAddress(Arrays.stream(remotes).map(Path::of).toList());
    }

    /**
     * Of these paths.
     *
     * @param paths at least one
     * @return the address
     * @throws IllegalArgumentException if there is none
     */
    public static MultipathAddress of(Path... paths) {
        return new MultipathAddress(Arrays.asList(paths));
    }

    /**
     * Of these paths.
     *
     * @param paths at least one
     * @return the address
     * @throws IllegalArgumentException if there is none
     */
    public static MultipathAddress of(List<Path> paths) {
        return new MultipathAddress(paths);
    }

    /**
     * The same paths, each from the local address that is the remote one of the path at its place in {@code locals}.
     *
     * @param locals as many as there are paths
     * @return another address; this one is as before
     * @throws IllegalArgumentException if they are not equally many
     */
    public MultipathAddress from(MultipathAddress locals) {
        if (locals.paths.size() != paths.size()) {
            throw new IllegalArgumentException(locals.paths.size() + " local addresses for " + paths.size() + " paths");
        }
        List<Path> from = new ArrayList<>(paths.size());
        for (int i = 0; i < paths.size(); i++) {
            from.add(paths.get(i).withLocal(locals.paths.get(i).remote()));
        }
        return of(from);
    }

    /**
     * From each local address to each remote one, as far as they are of one family: the full mesh of RFC 8684. The first paths, which a
     * client dials first, go from different local addresses.
     *
     * @param locals those of this host
     * @param remotes those of the peer; unresolved ones are resolved when they are dialled
     * @return the address
     * @throws IllegalArgumentException if no local address is of the family of a remote one
     */
    public static MultipathAddress mesh(List<LocalAddress> locals, List<? extends SocketAddress> remotes) {
        List<Path> paths = new ArrayList<>();
        for (SocketAddress remote : remotes) {
            locals.stream()
                    .filter(local -> local.suits(remote))
                    .map(local -> local.to(remote))
                    .forEach(paths::add);
        }
        return new MultipathAddress(paths);
    }

    /**
     * Each path several times: a subflow more on the same way, for links that hold a single connection back.
     *
     * @param count how many subflows each is to have, positive
     * @return another address; this one is as before
     * @throws IllegalArgumentException if the count is not positive
     */
    public MultipathAddress times(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count must be positive, not " + count);
        }
        List<Path> many = new ArrayList<>(count * paths.size());
        for (int i = 0; i < count; i++) {
            many.addAll(paths);
        }
        return of(many);
    }

    /** {@return the paths, in order; never empty} */
    public List<Path> paths() {
        return paths;
    }

    /**
     * For what knows one kind of address only: that of the first path that has one. It is no key, since paths come and go.
     *
     * @return where that path leads to; empty if no path has such an address
     */
    public Optional<InetSocketAddress> inetSocketAddress() {
        return paths.stream()
                .map(Path::remote)
                .filter(InetSocketAddress.class::isInstance)
                .map(InetSocketAddress.class::cast)
                .findFirst();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MultipathAddress that && paths.equals(that.paths);
    }

    @Override
    public int hashCode() {
        return paths.hashCode();
    }

    @Override
    public String toString() {
        return paths.stream().map(Path::label).collect(Collectors.joining(",", "multipath:", ""));
    }
}
