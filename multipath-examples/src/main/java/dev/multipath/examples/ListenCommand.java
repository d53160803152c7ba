package dev.multipath.examples;

import dev.multipath.examples.bench.BenchHandler;
import dev.multipath.examples.stream.AbortReason;
import dev.multipath.examples.stream.BlockingBridge;
import dev.multipath.examples.stream.Breakage;
import dev.multipath.examples.stream.CommandRunner;
import dev.multipath.examples.stream.EchoHandler;
import dev.multipath.examples.stream.Egress;
import dev.multipath.examples.stream.EgressRules;
import dev.multipath.examples.stream.RelayConnector;
import dev.multipath.examples.stream.RelayHandler;
import dev.multipath.examples.stream.SettledSession;
import dev.multipath.examples.stream.SinkHandler;
import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.stream.UnixTarget;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The server side. */
@Command(
        name = "listen",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "Accept multipath sessions.",
            "Without a mode, the first session is joined to standard input and output, others are closed, and the "
                    + "command ends with it. With one, sessions are served until Ctrl-C.",
            "Sockets that systemd has opened (socket activation) are listened with, and -p is for further ones."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the session ended, and everything before its end came through",
            "1:cannot listen, or the session was lost, truncated or reset, or a standard stream failed",
            "2:wrong usage, an unknown host, or a file that is of no use",
            "130:ended by Ctrl-C, which aborts what is under way; a second one ends at once",
            "143:ended by SIGTERM, likewise; with --drain by a second one, and the first ends with 0 or 1"
        },
        footer = {
            "",
            "The end of standard input ends this direction only. When the peer's stream has ended, the session ends with "
                    + "standard input, or once that has been quiet for a second.",
            "A Go peer knows no half-close: after the end of standard input the session stays open until that peer closes "
                    + "it, unless -q says otherwise; with --relay, the end of the target's stream closes the session.",
            "With --exec, the end of the command's output closes the session once everything is acknowledged; a command whose session ended gets 2 s to finish."
        })
final class ListenCommand implements Callable<Integer> {
    private static final Logger LOGGER = LoggerFactory.getLogger(ListenCommand.class);

    /** For who forgets to end standard input; as long as a client of the base profile waits for an answer by default. */
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(1);

    private final Stdio stdio;

    @Mixin
    private ListenOptions listen;

    @ArgGroup(heading = "Mode (standard input and output if none):%n")
    private Mode mode = new Mode();

    @Mixin
    private QuitOptions quit;

    @Mixin
    private FleetOptions fleet;

    @Mixin
    private AnnounceOptions announcements;

    @Mixin
    private TlsOptions.OfListener tls;

    @Mixin
    private MptcpOption mptcp;

    @Mixin
    private SessionOptions options;

    ListenCommand(Stdio stdio) {
        this.stdio = stdio;
    }

    /** At most one of these. */
    private static final class Mode {
        @Option(names = "--echo", description = "Send every session back what it sends.")
        private boolean echo;

        @Option(names = "--bench", description = "Be the other end of 'multipath bench'.")
        private boolean bench;

        @Option(names = "--sink", description = "Throw away what sessions send.")
        private boolean sink;

        @Option(
                names = "--relay",
                paramLabel = "TARGET",
                converter = RelayTarget.Converter.class,
                description =
                        "Join every session to a new connection to this service: HOST:PORT (TCP) or unix:FILE. A UNIX socket "
                                + "knows no reset: there, a stream that was cut may look whole to the service.")
        private RelayTarget relay;

        @Option(
                names = "--egress",
                paramLabel = "RULE",
                split = ",",
                converter = EgressRuleConverter.class,
                description =
                        "Be the far end of a proxy (SOCKS5, SOCKS4 and HTTP's CONNECT; see connect --socks) that connects "
                                + "where a rule permits: *:443, example.org:22, *.example.org:80-443, 10.0.0.0/8, "
                                + "[2001:db8::]/32:22. Addresses of this host or link need a rule with an address.")
        private List<EgressRules.Rule> egress;

        @Option(
                names = "--exec",
                paramLabel = "CMD",
                description = "Run this shell command for every session, joined to its standard input and output.")
        private String exec;
    }

    private static final class EgressRuleConverter implements ITypeConverter<EgressRules.Rule> {
        @Override
        public EgressRules.Rule convert(String text) {
            try {
                return EgressRules.Rule.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    @Override
    public Integer call() throws Exception {
        InheritedSockets inherited = InheritedSockets.ofProcess();
        MultipathAddress address = listen.address(inherited);
        if (mode.relay != null) {
            mode.relay.requirePlace();
        }
        Transport transport = mode.relay != null
                ? mode.relay.transport()
                : mode.egress != null ? Transport.forRelays() : Transport.best();
        UnaryOperator<SubflowTransport> protection = tls.protection(listen.isQuicAddressed());
        Carriage carriage = Carriage.of(transport, protection == null ? base -> base : protection)
                .with(mptcp.mode())
                .with(inherited);
        try (Endpoint endpoint = new Endpoint(carriage, options, stdio);
                CommandRunner commands = new CommandRunner(mode.exec)) {
            endpoint.atShutdown(commands::close);
            CompletableFuture<Void> ended = new CompletableFuture<>();
            ServerBootstrap server;
            if (mode.echo) {
                server = endpoint.server(TimeSpan.NEVER, Duration.ZERO, session -> session.pipeline()
                        .addLast(new EchoHandler()));
            } else if (mode.sink) {
                server = endpoint.server(TimeSpan.NEVER, Duration.ZERO, session -> session.pipeline()
                        .addLast(new SinkHandler()));
            } else if (mode.bench) {
                server = endpoint.server(TimeSpan.NEVER, TimeSpan.NEVER, session -> session.pipeline()
                        .addLast(BenchHandler.ofServer()));
            } else if (mode.relay != null) {
                server = mode.relay.unix() == null ? relayServer(endpoint) : unixServer(endpoint);
            } else if (mode.egress != null) {
                server = egressServer(endpoint);
            } else if (mode.exec != null) {
                server = endpoint.server(Duration.ZERO, TimeSpan.NEVER, session -> session.pipeline()
                        .addLast(new SettledSession(commands::start)));
            } else {
                server = endpoint.server(quit.quietLimitOr(TimeSpan.NEVER), ANSWER_LIMIT, firstSessionOnly(ended));
            }
            fleet.apply(server, carriage.subflows());
            announcements.apply(server);
            Channel listener = listen.bind(server, address);
            DrainOnTerm drain = fleet.drainOnTerm(listener);
            if (drain == null) {
                listener.closeFuture().addListener(closed -> ended.complete(null));
            } else {
                drain.install().whenComplete((nothing, failure) -> complete(ended, failure));
            }
            listen.announce(listener.localAddress(), stdio);
            ServiceManager.tell(ServiceManager.READY);
            if (protection == null) {
                warnOfPlainText((MultipathAddress) listener.localAddress());
            }
            ended.get();
            listener.close().await();
            if (drain != null && drain.isDraining()) {
                endpoint.awaitSubflows();
            }
        }
        return ExitCode.OK;
    }

    private static void complete(CompletableFuture<Void> ended, Throwable failure) {
        if (failure == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(failure);
        }
    }

    /** On loopback addresses the machine's users are among themselves. */
    private void warnOfPlainText(MultipathAddress address) {
        boolean isReachable = address.paths().stream()
                .map(path -> (InetSocketAddress) path.remote())
                .anyMatch(remote -> !remote.getAddress().isLoopbackAddress());
        if (isReachable) {
            stdio.complain(
                    "without TLS (--tls) or a shared secret (--psk-file): whoever reaches these addresses can open a session, and on the way all can "
                            + "be read");
        }
    }

    private ServerBootstrap relayServer(Endpoint endpoint) {
        Bootstrap tcp = TcpRelays.toTargets(endpoint);
        InetSocketAddress target = mode.relay.tcpAddress();
        RelayConnector.Dialer dialer = session -> tcp.clone(session.eventLoop()).connect(target);
        return endpoint.server(Duration.ZERO, TimeSpan.NEVER, session -> session.pipeline()
                        .addLast(new SettledSession(ctx -> {
                            RelayHandler relay = new RelayHandler();
                            ctx.pipeline().addAfter(ctx.name(), null, new RelayConnector(relay, dialer));
                            ctx.pipeline().addAfter(ctx.name(), null, relay);
                        })))
                .childOption(ChannelOption.AUTO_READ, false);
    }

    private ServerBootstrap unixServer(Endpoint endpoint) {
        UnixTarget target = new UnixTarget(mode.relay.unix());
        return endpoint.server(Duration.ZERO, TimeSpan.NEVER, session -> session.pipeline()
                .addLast(new SettledSession(target::start)));
    }

    private ServerBootstrap egressServer(Endpoint endpoint) {
        Bootstrap tcp = TcpRelays.toTargets(endpoint);
        Egress egress = new Egress(new EgressRules(mode.egress), (session, target) -> tcp.clone(session.eventLoop())
                .connect(target));
        endpoint.atShutdown(egress::close);
        return endpoint.server(Duration.ZERO, TimeSpan.NEVER, session -> session.pipeline()
                        .addLast(new SettledSession(egress::start)))
                .childOption(ChannelOption.AUTO_READ, false);
    }

    private Consumer<Channel> firstSessionOnly(CompletableFuture<Void> ended) {
        AtomicBoolean taken = new AtomicBoolean();
        return session -> session.pipeline().addLast(new SettledSession(ctx -> {
            if (!taken.compareAndSet(false, true)) {
                LOGGER.warn("another session was refused: standard input and output serve only the first");
                Breakage.breakOff(
                        ctx.channel(), AbortReason.OCCUPIED, "standard input and output serve only the first session");
                return;
            }
            BlockingBridge bridge = StandardStreams.bridge(stdio);
            bridge.ended().whenComplete((nothing, failure) -> complete(ended, failure));
            ctx.pipeline().addAfter(ctx.name(), null, bridge);
        }));
    }
}
