package dev.multipath.examples;

import dev.multipath.examples.stream.Reasons;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of commands that listen. */
final class ListenOptions {
    private static final Logger LOGGER = LoggerFactory.getLogger(ListenOptions.class);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT",
            split = ",",
            defaultValue = "0",
            converter = HostPort.PortConverter.class,
            description = "Port or ports to listen on; 0, the default, picks a free one and prints it.")
    private List<Integer> ports;

    @Option(
            names = "--bind",
            paramLabel = "HOST",
            split = ",",
            description = "Local address or addresses to listen on, each on every port (default: all).")
    private List<String> bindHosts = List.of();

    /**
     * Where to listen: with sockets that are inherited, and where the options say. Looks the hosts up and blocks.
     *
     * @throws IOException in words for one line, if the sockets are of no use
     */
    MultipathAddress address(InheritedSockets inherited) throws UnusableAddressException, IOException {
        if (inherited.isEmpty()) {
            return address();
        }
        List<SocketAddress> addresses = new ArrayList<>(inherited.addresses());
        if (spec.commandLine().getParseResult().hasMatchedOption("--port")) {
            address().paths().forEach(path -> addresses.add(path.remote()));
        }
        return MultipathAddress.of(addresses.toArray(SocketAddress[]::new));
    }

    /** Where the options say; looks the hosts up and blocks. */
    MultipathAddress address() throws UnusableAddressException {
        List<SocketAddress> addresses = new ArrayList<>();
        for (int port : ports) {
            if (bindHosts.isEmpty()) {
                addresses.add(new InetSocketAddress(port));
            }
            for (String host : bindHosts) {
                addresses.add(new HostPort(host, port).resolve(Family.ANY));
            }
        }
        return MultipathAddress.of(addresses.toArray(SocketAddress[]::new));
    }

    /**
     * Binds, and waits for it.
     *
     * @throws IOException in words for one line
     */
    Channel bind(ServerBootstrap server, SocketAddress address) throws IOException, InterruptedException {
        ChannelFuture bound = server.bind(address).await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + Endpoint.describe(address) + ": " + Reasons.of(bound.cause()), bound.cause());
        }
        return bound.channel();
    }

    /** Says where it listens: to the user if only the system knew the port before, else to the log. */
    void announce(SocketAddress bound, Stdio stdio) {
        String where = "listening on " + Endpoint.describe(bound);
        if (ports.contains(0)) {
            stdio.complain(where);
        } else {
            LOGGER.info("{}", where);
        }
    }
}
