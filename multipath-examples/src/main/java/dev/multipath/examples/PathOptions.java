package dev.multipath.examples;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.examples.local.InterfaceAddress;
import dev.multipath.examples.local.InterfaceTransport;
import dev.multipath.examples.stream.Transport;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.LocalInterfaces;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Which paths a client dials. */
final class PathOptions {
    private static final int MAX_COPIES = 64;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(
            paramLabel = "PATH",
            arity = "1..*",
            converter = RemotePath.Converter.class,
            description = {
                "Addresses of the server, each a path: [LABEL=][quic://]HOST:PORT[,ATTRIBUTE...]. A name stands for its first "
                        + "address; a label names the path in statistics; one with quic:// is dialled by QUIC, and all are "
                        + "encrypted then. Attributes:",
                "backup: data go over it only while no other path delivers.",
                "rate=SIZE: this end sends no more than this a second. quota=SIZE: no more than this goes over it in all. Of each "
                        + "session: in a tunnel, each connection has one of its own.",
                "weight=N, cost=N: for the schedulers that go by them.",
                "sockets=N: so many connections at a time, which take no more than one would: a lost packet holds up only a part."
            })
    private List<RemotePath> remotes;

    @Option(
            names = {"-x", "--multiplier"},
            paramLabel = "N",
            defaultValue = "1",
            description = "Connections per path (default: ${DEFAULT-VALUE}).")
    private int copies;

    @ArgGroup
    private FamilyOption familyOption = new FamilyOption();

    @Option(
            names = "--bind",
            paramLabel = "LOCAL_ADDRESS",
            split = ",",
            description = "Local address or addresses to connect from; every one is used with every path of its "
                    + "family (default: the system chooses).")
    private List<String> localHosts = List.of();

    @Option(
            names = "--interface",
            paramLabel = "NAME",
            split = ",",
            converter = InterfaceConverter.class,
            description =
                    "The same by interfaces (wlan0,eth1): their addresses are found each time a path is dialled, so "
                            + "they may come, go and change. 'all' stands for those that others can be reached from at the start.")
    private List<InterfaceAddress> interfaces = List.of();

    @Option(
            names = "--pair",
            description =
                    "Use the first local address or interface with the first path, the second with the second, and "
                            + "so on, instead of every one with every other.")
    private boolean paired;

    @Option(
            names = "--connect-timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = TimeSpan.class,
            description =
                    "How long an attempt on a path may take until the server has answered (default: ${DEFAULT-VALUE}).")
    private Duration connectTimeout;

    @Option(
            names = "--dial-announced",
            paramLabel = "none|same-ports|all",
            defaultValue = "none",
            converter = PolicyConverter.class,
            completionCandidates = PolicyWords.class,
            description =
                    "Which of the addresses that the server announces get paths as well (same-ports: those with a port of the "
                            + "paths given; default: ${DEFAULT-VALUE}).")
    private AddressPolicy announced;

    /** At most one of these. */
    private static final class FamilyOption {
        @Option(names = "-4", description = "Use IPv4 addresses only.")
        private boolean ipv4;

        @Option(names = "-6", description = "Use IPv6 addresses only.")
        private boolean ipv6;

        private Family family() {
            return ipv4 ? Family.IPV4 : ipv6 ? Family.IPV6 : Family.ANY;
        }
    }

    /** For completion. */
    private static final class PolicyWords extends ArrayList<String> {
        PolicyWords() {
            super(List.of("none", "same-ports", "all"));
        }
    }

    private static final class PolicyConverter implements ITypeConverter<AddressPolicy> {
        @Override
        public AddressPolicy convert(String word) {
            return switch (word) {
                case "none" -> AddressPolicy.NONE;
                case "same-ports" -> AddressPolicy.SAME_PORTS;
                case "all" -> AddressPolicy.ALL;
                default -> throw new TypeConversionException("'" + word + "' is not none, same-ports or all");
            };
        }
    }

    private static final class InterfaceConverter implements ITypeConverter<InterfaceAddress> {
        @Override
        public InterfaceAddress convert(String text) {
            try {
                return new InterfaceAddress(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** The paths; looks names up and blocks. */
    MultipathAddress address() throws UnusableAddressException {
        if (copies < 1 || copies > MAX_COPIES) {
            throw new ParameterException(spec.commandLine(), "-x takes 1 to " + MAX_COPIES + ", not " + copies);
        }
        PathPlan.Mapping mapping = paired ? PathPlan.Mapping.IN_ORDER : PathPlan.Mapping.FULL_MESH;
        Family family = familyOption.family();
        return MultipathAddress.of(new PathPlan(family, localHosts, interfacesOf(family), mapping, copies).to(remotes));
    }

    private List<InterfaceAddress> interfacesOf(Family family) throws UnusableAddressException {
        if (!interfaces.contains(InterfaceAddress.ALL)) {
            return interfaces;
        }
        List<InterfaceAddress> expanded;
        try {
            expanded = InterfaceAddress.expand(
                    interfaces, LocalInterfaces.usable().stream().filter(local -> family.includes(local.address())));
        } catch (SocketException e) {
            throw new UnusableAddressException("the interfaces of this host cannot be asked: " + e.getMessage());
        }
        if (expanded.isEmpty()) {
            throw new UnusableAddressException(
                    "no interface of this host has an " + family + " address that others can be reached from");
        }
        return expanded;
    }

    /** Sets a client's options. */
    void apply(Bootstrap client) {
        client.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis())
                .option(MultipathChannelOption.ADDRESS_POLICY, announced);
    }

    /** How long Netty is to wait for a path; 0 stands for ever. */
    private int connectTimeoutMillis() {
        return connectTimeout.equals(TimeSpan.NEVER)
                ? 0
                : (int) Math.max(1, Math.min(Integer.MAX_VALUE, connectTimeout.toMillis()));
    }

    /** Whether one of the paths is QUIC's by its address. */
    boolean isQuicAddressed() {
        return remotes.stream().anyMatch(remote -> remote.scheme() == AddressScheme.QUIC);
    }

    /**
     * What is on each subflow: the protection, and what finds the addresses of interfaces, if there are any, above that.
     *
     * @throws IOException if a file of the protection's cannot be used
     */
    UnaryOperator<SubflowTransport> layers(TlsOptions tls, Transport sessions) throws IOException {
        UnaryOperator<SubflowTransport> protection = tls.protection(isQuicAddressed());
        return base -> {
            SubflowTransport dialling = protection == null ? base : protection.apply(base);
            return interfaces.isEmpty() ? dialling : fromInterfaces(dialling, sessions);
        };
    }

    /** Only epoll can bind to a device. The sessions of tunnels are on another kind of loop; their subflows need not be. */
    private static SubflowTransport fromInterfaces(SubflowTransport base, Transport sessions) {
        boolean isOtherLoopNeeded = sessions != Transport.EPOLL && Epoll.isAvailable();
        EventLoop epoll = isOtherLoopNeeded
                ? Transport.EPOLL.newEventLoop("multipath-subflows").next()
                : null;
        return new InterfaceTransport(base, epoll);
    }
}
