package dev.multipath.examples;

import dev.multipath.examples.local.InterfaceAddress;
import dev.multipath.path.Path;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which paths a client dials: every local address or interface with every remote address of its family, as bondcat does, or the
 * first with the first and so on; each as often as asked for. A remote host that cannot be looked up is left out with a warning
 * while others can.
 *
 * @param family the addresses that may be used
 * @param localHosts addresses to dial from; none leaves the choice to the system
 * @param interfaces what else to dial from, behind the addresses
 * @param mapping which of them go together
 * @param copies subflows per pair
 */
record PathPlan(
        Family family, List<String> localHosts, List<InterfaceAddress> interfaces, Mapping mapping, int copies) {
    private static final Logger LOGGER = LoggerFactory.getLogger(PathPlan.class);

    /** How local and remote addresses make paths. */
    enum Mapping {
        /** Every one with every other. */
        FULL_MESH,
        /** In order, one with one. */
        IN_ORDER
    }

    /** A local side with an address that is known, or an interface. */
    private record Local(String name, InetAddress address, SocketAddress socket) {
        static Local of(String host) throws UnusableAddressException {
            InetAddress address = HostPort.resolve(host, Family.ANY);
            return new Local(address.getHostAddress(), address, new InetSocketAddress(address, 0));
        }

        static Local of(InterfaceAddress network) {
            return new Local(network.name(), null, network);
        }
    }

    /**
     * The paths to these remotes, at least one; looks names up, so it blocks.
     *
     * @throws UnusableAddressException when a local address cannot be looked up, or no remote can, or there are not as many
     *     remotes as local addresses where one belongs to one
     */
    List<Path> to(List<RemotePath> remotes) throws UnusableAddressException {
        List<Local> locals = new ArrayList<>();
        for (String host : localHosts) {
            locals.add(Local.of(host));
        }
        interfaces.forEach(network -> locals.add(Local.of(network)));
        if (mapping == Mapping.IN_ORDER && locals.size() != remotes.size()) {
            throw new UnusableAddressException(
                    "--pair needs as many local addresses as paths, not " + locals.size() + " for " + remotes.size());
        }
        List<Path> paths = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < remotes.size(); i++) {
            try {
                addPaths(remotes.get(i), mapping == Mapping.IN_ORDER ? locals.subList(i, i + 1) : locals, paths);
            } catch (UnusableAddressException e) {
                failures.add(e.getMessage());
            }
        }
        if (paths.isEmpty()) {
            throw new UnusableAddressException(
                    failures.isEmpty() ? "no local address of the family asked for" : String.join("; ", failures));
        }
        failures.forEach(failure -> LOGGER.warn("path left out: {}", failure));
        return paths;
    }

    private void addPaths(RemotePath path, List<Local> locals, List<Path> paths) throws UnusableAddressException {
        if (locals.isEmpty()) {
            String label = path.label() == null ? path.address() : path.label();
            addCopies(path, Path.of(label, path.resolve(family)), paths);
        }
        for (Local local : locals) {
            if (local.address == null || family.includes(local.address)) {
                InetSocketAddress address = path.resolve(local.address == null ? family : Family.of(local.address));
                addCopies(
                        path,
                        Path.of(label(path, local, locals.size()), address).withLocal(local.socket),
                        paths);
            }
        }
    }

    private static String label(RemotePath path, Local local, int locals) {
        if (path.label() == null) {
            return local.name + ">" + path.address();
        }
        return locals == 1 ? path.label() : local.name + ">" + path.label();
    }

    private void addCopies(RemotePath wish, Path path, List<Path> paths) {
        for (int copy = 1; copy <= copies; copy++) {
            String label = copies == 1 ? path.label() : path.label() + "#" + copy;
            paths.add(path.withLabel(label).with(wish.attributes()));
        }
    }
}
