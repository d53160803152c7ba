package dev.multipath.examples;

import dev.multipath.examples.stream.Reasons;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
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

    @Parameters(
            paramLabel = "ADDRESS",
            description =
                    "Where to listen, instead of -p or beside it: [quic://][HOST]:PORT. One with quic:// takes QUIC alone; all "
                            + "others take QUIC beside TCP then, and all are encrypted.")
    private List<String> places = List.of();

    /**
     * Where to listen: with sockets that are inherited, and where the options say. Looks the hosts up and blocks.
     *
     * @throws IOException in words for one line, if the sockets are of no use
     */
    MultipathAddress address(InheritedSockets inherited) throws UnusableAddressException, IOException {
        if (inherited.isEmpty()) {
            return address();
        }
        List<SocketAddress> all = new ArrayList<>(inherited.addresses());
        if (isPortGiven() || !places.isEmpty()) {
            address().paths().forEach(path -> all.add(path.remote()));
        }
        return MultipathAddress.of(all.toArray(SocketAddress[]::new));
    }

    /** Where the options say; looks the hosts up and blocks. */
    MultipathAddress address() throws UnusableAddressException {
        List<SocketAddress> resolved = new ArrayList<>();
        for (ListenAddress address : all()) {
            resolved.add(address.resolve());
        }
        return MultipathAddress.of(resolved.toArray(SocketAddress[]::new));
    }

    private List<ListenAddress> all() {
        List<ListenAddress> all = new ArrayList<>(addresses());
        if (places.isEmpty() || isPortGiven()) {
            for (int port : ports) {
                if (bindHosts.isEmpty()) {
                    all.add(new ListenAddress(AddressScheme.NONE, null, port));
                }
                bindHosts.forEach(host -> all.add(new ListenAddress(AddressScheme.NONE, host, port)));
            }
        }
        return all;
    }

    private List<ListenAddress> addresses() {
        try {
            return places.stream().map(ListenAddress::parse).toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private boolean isPortGiven() {
        return spec.commandLine().getParseResult().hasMatchedOption("--port");
    }

    /** Whether one of them is QUIC's. */
    boolean isQuicAddressed() {
        return addresses().stream().anyMatch(address -> address.scheme() == AddressScheme.QUIC);
    }

    /**
     * Listens, and waits until it does.
     *
     * @throws IOException in words for one line
     */
    Channel bind(ServerBootstrap server, SocketAddress address) throws IOException, InterruptedException {
        ChannelFuture bound = server.bind(address).await();
        throwUnless(bound, address);
        return bound.channel();
    }

    /**
     * The same without a bootstrap.
     *
     * @throws IOException in words for one line
     */
    Channel bind(SubflowTransport transport, EventLoop eventLoop, SocketAddress address, SubflowSetup setup)
            throws IOException, InterruptedException {
        Promise<Channel> bound = eventLoop.newPromise();
        eventLoop.execute(() -> PromiseNotifier.cascade(transport.listen(eventLoop, address, setup), bound));
        throwUnless(bound.await(), address);
        return bound.getNow();
    }

    private static void throwUnless(Future<?> bound, SocketAddress address) throws IOException {
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + ShownAddress.of(address) + ": " + Reasons.of(bound.cause()), bound.cause());
        }
    }

    /** Says where it listens: to the user if only the system knew the port before, else to the log. */
    void announce(SocketAddress bound, Stdio stdio) {
        String where = "listening on " + ShownAddress.of(bound);
        if (all().stream().anyMatch(address -> address.port() == 0)) {
            stdio.complain(where);
        } else {
            LOGGER.info("{}", where);
        }
    }
}
