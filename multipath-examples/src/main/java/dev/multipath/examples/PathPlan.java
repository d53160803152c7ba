package dev.multipath.examples;

import dev.multipath.path.Path;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which paths a client dials: every local address with every remote one of its family, each as often as asked for, as
 * bondcat does. A remote host that cannot be looked up is left out with a warning while others can.
 *
 * @param family the addresses that may be used
 * @param localHosts addresses to dial from; none leaves the choice to the system
 * @param copies subflows per pair
 */
record PathPlan(Family family, List<String> localHosts, int copies) {
    private static final Logger LOGGER = LoggerFactory.getLogger(PathPlan.class);

    /**
     * The paths to these remotes, at least one; looks names up, so it blocks.
     *
     * @throws UnusableAddressException when a local address cannot be looked up, or no remote can
     */
    List<Path> to(List<HostPort> remotes) throws UnusableAddressException {
        List<InetAddress> locals = new ArrayList<>();
        for (String host : localHosts) {
            locals.add(HostPort.resolve(host, Family.ANY));
        }
        List<Path> paths = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (HostPort remote : remotes) {
            try {
                addPaths(remote, locals, paths);
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

    private void addPaths(HostPort remote, List<InetAddress> locals, List<Path> paths) throws UnusableAddressException {
        if (locals.isEmpty()) {
            addCopies(Path.of(remote.toString(), remote.resolve(family)), paths);
        }
        for (InetAddress local : locals) {
            if (family.includes(local)) {
                String label = local.getHostAddress() + ">" + remote;
                InetSocketAddress address = remote.resolve(Family.of(local));
                addCopies(Path.of(label, address).withLocal(new InetSocketAddress(local, 0)), paths);
            }
        }
    }

    private void addCopies(Path path, List<Path> paths) {
        for (int copy = 1; copy <= copies; copy++) {
            String label = copies == 1 ? path.label() : path.label() + "#" + copy;
            paths.add(new Path(label, path.remote(), path.local()));
        }
    }
}
