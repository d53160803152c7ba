package dev.multipath.examples;

import dev.multipath.examples.stream.BlockingBridge;
import dev.multipath.examples.stream.Reasons;
import dev.multipath.examples.stream.RelayConnector;
import dev.multipath.examples.stream.RelayHandler;
import dev.multipath.examples.stream.Transport;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.Exhaustion;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The client side. */
@Command(
        name = "connect",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "Open one multipath session over all the paths given, joined to standard input and output.",
            "With --listen, open one for every TCP connection accepted, which makes a tunnel to 'listen --relay'."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the session ended, all input was acknowledged, and all output was written",
            "1:no path could be connected, or the session was lost, truncated or reset, or a standard stream failed, or nothing moved for the time of -i",
            "2:wrong usage, or an unknown host",
            "130:ended by Ctrl-C, which aborts what is under way; a second one ends at once"
        },
        footer = {
            "",
            "The end of standard input ends this direction only; the session ends with the peer's stream.",
            "A Go peer knows no half-close: closing ends both directions. So with one, after the end of standard input the "
                    + "session stays open for the answer: it closes once all input has gone out and nothing has come "
                    + "back for the time that -q gives, or when the peer closes it. Nothing is closed while output "
                    + "waits for its reader, nor for as long again (at most 30 s). A peer that may be silent for "
                    + "longer before it answers needs a longer -q, or 'never'. A tunnel treats the end of each TCP client's stream alike.",
            "",
            "Examples:",
            "  printf hello | multipath connect 192.0.2.1:4000 192.0.2.1:4001",
            "  multipath connect --listen 2222 192.0.2.1:4000 198.51.100.1:4000   (then: ssh -p 2222 localhost)"
        })
final class ConnectCommand implements Callable<Integer> {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConnectCommand.class);
    private static final int MAX_COPIES = 64;

    /** Enough for an answer from afar. */
    static final Duration QUIET_LIMIT = Duration.ofSeconds(1);

    private final Stdio stdio;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "HOST:PORT",
            arity = "1..*",
            converter = HostPort.Converter.class,
            description = "Addresses of the server; each is a path. A name stands for its first address.")
    private List<HostPort> remotes;

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
            description = "Local address or addresses to connect from; every one is used with every HOST:PORT of its "
                    + "family (default: the system chooses).")
    private List<String> localHosts = List.of();

    @Option(
            names = "--listen",
            paramLabel = "[HOST:]PORT",
            converter = HostPort.LoopbackConverter.class,
            description = "Accept TCP connections here and tunnel each in its own session; a port alone listens on "
                    + "127.0.0.1, port 0 picks a free one and prints it.")
    private HostPort tunnelEntry;

    @Mixin
    private QuitOptions quit;

    @Mixin
    private TlsOptions.OfClient tls;

    @Mixin
    private MptcpOption mptcp;

    @Mixin
    private SessionOptions options;

    ConnectCommand(Stdio stdio) {
        this.stdio = stdio;
    }

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

    @Override
    public Integer call() throws Exception {
        if (copies < 1 || copies > MAX_COPIES) {
            throw new ParameterException(spec.commandLine(), "-x takes 1 to " + MAX_COPIES + ", not " + copies);
        }
        PathPlan plan = new PathPlan(familyOption.family(), localHosts, copies);
        MultipathAddress server = MultipathAddress.of(plan.to(remotes));
        InetSocketAddress entry = tunnelEntry == null ? null : tunnelEntry.resolve(Family.ANY);
        Transport transport = tunnelEntry == null ? Transport.best() : Transport.forRelays();
        try (Endpoint endpoint = new Endpoint(transport, options, tls.config(), mptcp.mode(), stdio)) {
            if (tunnelEntry == null) {
                runSession(endpoint, server);
            } else {
                runTunnel(endpoint, server, entry);
            }
        }
        return ExitCode.OK;
    }

    private Duration quietLimit() {
        return quit.quietLimitOr(QUIET_LIMIT);
    }

    private void runSession(Endpoint endpoint, MultipathAddress server) throws Exception {
        BlockingBridge bridge = StandardStreams.bridge(stdio);
        endpoint.client(quietLimit(), session -> session.pipeline().addLast(bridge))
                .connect(server)
                .get();
        bridge.ended().toCompletableFuture().get();
    }

    private void runTunnel(Endpoint endpoint, MultipathAddress server, InetSocketAddress entryAddress)
            throws Exception {
        Bootstrap sessions = endpoint.client(
                        quietLimit(), session -> session.pipeline().addLast(new RelayHandler()))
                .option(ChannelOption.AUTO_READ, false);
        RelayConnector.Dialer dialer =
                accepted -> sessions.clone(accepted.eventLoop()).connect(server);
        ServerBootstrap entry = new ServerBootstrap()
                .group(endpoint.eventLoops())
                .channel(endpoint.transport().serverSocketChannel())
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_LINGER, 0)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        RelayHandler relay = new RelayHandler();
                        accepted.pipeline().addLast(relay, new RelayConnector(relay, dialer));
                    }
                });
        ChannelFuture bound = entry.bind(entryAddress).await();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + tunnelEntry + ": " + Reasons.of(bound.cause()), bound.cause());
        }
        bound.channel().pipeline().addLast(Exhaustion.ofListener());
        String where = "tunnel entry at " + Endpoint.describe(bound.channel().localAddress());
        if (tunnelEntry.port() == 0) {
            stdio.complain(where);
        } else {
            LOGGER.info("{}", where);
        }
        bound.channel().closeFuture().get();
    }
}
