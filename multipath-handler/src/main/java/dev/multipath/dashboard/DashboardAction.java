package dev.multipath.dashboard;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.codec.PeerText;
import dev.multipath.path.Path;
import dev.multipath.scheduler.Schedulers;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/** What a viewer can have done to a session. */
enum DashboardAction {
    /** A path carries data only while no other delivers. */
    BACKUP {
        @Override
        ChannelFuture perform(MultipathChannel session, Map<String, List<String>> parameters) {
            return session.setBackup(path(session, parameters), true);
        }
    },
    /** It carries data as the others do. */
    REGULAR {
        @Override
        ChannelFuture perform(MultipathChannel session, Map<String, List<String>> parameters) {
            return session.setBackup(path(session, parameters), false);
        }
    },
    REMOVE {
        @Override
        ChannelFuture perform(MultipathChannel session, Map<String, List<String>> parameters) {
            return session.removePath(path(session, parameters));
        }
    },
    ADD {
        @Override
        ChannelFuture perform(MultipathChannel session, Map<String, List<String>> parameters) {
            String address = parameter(parameters, "address");
            String label = parameters.getOrDefault("label", List.of(address)).get(0);
            return session.addPath(Path.of(label.isBlank() ? address : label, parse(address)));
        }
    },
    /** Another one decides from now on which path carries what this end sends. */
    SCHEDULER {
        @Override
        ChannelFuture perform(MultipathChannel session, Map<String, List<String>> parameters) {
            Schedulers chosen = Schedulers.byName(parameter(parameters, "scheduler"));
            session.config().setOption(MultipathChannelOption.SCHEDULER, chosen);
            return session.newSucceededFuture();
        }
    };

    private static final int MAX_PORT = 65_535;

    /**
     * Begins it.
     *
     * @throws IllegalArgumentException if the parameters are wrong, with words for the viewer
     */
    abstract ChannelFuture perform(MultipathChannel session, Map<String, List<String>> parameters);

    /** {@return the action of that name} */
    static DashboardAction of(Map<String, List<String>> parameters) {
        String name = parameter(parameters, "action");
        for (DashboardAction action : values()) {
            if (action.name().equalsIgnoreCase(name)) {
                return action;
            }
        }
        throw new IllegalArgumentException("no such action");
    }

    static String parameter(Map<String, List<String>> parameters, String name) {
        List<String> values = parameters.get(name);
        if (values == null || values.get(0).isBlank()) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return values.get(0).strip();
    }

    /** One that there is, by its name; be it down at the moment. */
    private static Path path(MultipathChannel session, Map<String, List<String>> parameters) {
        String label = parameter(parameters, "path");
        return session.snapshot().presentPaths().stream()
                .filter(path -> PeerText.escape(path.label()).equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no such path any more"));
    }

    /** {@code host:port}, {@code [ipv6]:port}; names are looked up when the path is dialled. */
    private static InetSocketAddress parse(String address) {
        int colon = address.lastIndexOf(':');
        String host = colon < 0 ? "" : address.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("an IPv6 address goes in brackets");
        }
        String port = address.substring(colon + 1);
        if (host.isBlank() || !port.matches("\\d{1,5}") || Integer.parseInt(port) > MAX_PORT) {
            throw new IllegalArgumentException("the address is not HOST:PORT");
        }
        return InetSocketAddress.createUnresolved(host, Integer.parseInt(port));
    }
}
