package dev.multipath.examples;

import dev.multipath.examples.stream.BlockingBridge;
import dev.multipath.examples.stream.RelayConnector;
import dev.multipath.examples.stream.RelayHandler;
import dev.multipath.examples.stream.Transport;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The client side. */
@Command(
        name = "connect",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "Open one multipath session over all the paths given, joined to standard input and output.",
            "With --listen, open one for every TCP connection accepted, which makes a tunnel to 'listen --relay'; with "
                    + "--socks, a proxy whose connections leave at 'listen --egress'."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the session ended, all input was acknowledged, and all output was written",
            "1:no path could be connected, or the session was lost, truncated or reset, or a standard stream failed, or nothing moved for the time of -i",
            "2:wrong usage, an unknown host, or a file that is of no use",
            "130, 143:ended by Ctrl-C and SIGTERM, which abort what is under way; a second one ends at once"
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
            "  multipath connect wifi=192.0.2.1:4000 lte=198.51.100.1:4000,backup < file",
            "  multipath connect --interface wlan0,wwan0 --pair 192.0.2.1:4000 198.51.100.1:4000",
            "  multipath connect --listen 2222 192.0.2.1:4000 198.51.100.1:4000   (then: ssh -p 2222 localhost)"
        })
final class ConnectCommand implements Callable<Integer> {
    /** Enough for an answer from afar. */
    static final Duration QUIET_LIMIT = Duration.ofSeconds(1);

    private final Stdio stdio;

    @Mixin
    private PathOptions paths;

    @ArgGroup
    private EntryOption entryOption = new EntryOption();

    @Mixin
    private QuitOptions quit;

    @Mixin
    private TlsOptions.OfClient tls;

    @Mixin
    private ProxyOption proxy;

    @Mixin
    private MptcpOption mptcp;

    @Mixin
    private SessionOptions options;

    ConnectCommand(Stdio stdio) {
        this.stdio = stdio;
    }

    /** At most one of these: what comes in is tunnelled the same way, and the far end says what it makes of it. */
    private static final class EntryOption {
        @Option(
                names = "--listen",
                paramLabel = "ENTRY",
                converter = TunnelEntry.Converter.class,
                description =
                        "Accept connections here and tunnel each in its own session: [HOST:]PORT or unix:FILE. A port "
                                + "alone listens on 127.0.0.1, port 0 picks a free one and prints it. A UNIX socket knows "
                                + "no reset: there, a stream that was cut may look whole to the client.")
        private TunnelEntry tunnel;

        @Option(
                names = "--socks",
                paramLabel = "ENTRY",
                converter = TunnelEntry.Converter.class,
                description =
                        "The same for clients of a proxy, which speak SOCKS5, SOCKS4 or HTTP's CONNECT; the server is "
                                + "'listen --egress'.")
        private TunnelEntry socks;

        private TunnelEntry chosen() {
            return tunnel == null ? socks : tunnel;
        }
    }

    @Override
    public Integer call() throws Exception {
        MultipathAddress server = paths.address();
        TunnelEntry entry = entryOption.chosen();
        SocketAddress entryAddress = entry == null ? null : entry.address();
        Transport transport = entry == null ? Transport.best() : Transport.forRelays();
        try (Endpoint endpoint = new Endpoint(
                Carriage.of(
                                transport,
                                proxy.beneath(
                                        paths.layers(tls, transport), tls.isTcpOnly() && !paths.isQuicAddressed()))
                        .with(mptcp.mode()),
                options,
                stdio)) {
            if (entry == null) {
                runSession(endpoint, server);
            } else if (entry.unix() != null) {
                runUnixTunnel(endpoint, server, entry.unix());
            } else {
                runTunnel(endpoint, server, entry, entryAddress);
            }
        }
        return ExitCode.OK;
    }

    private Bootstrap client(Endpoint endpoint, Consumer<Channel> application) {
        Bootstrap client = endpoint.client(quit.quietLimitOr(QUIET_LIMIT), application);
        paths.apply(client);
        return client;
    }

    private void runSession(Endpoint endpoint, MultipathAddress server) throws Exception {
        BlockingBridge bridge = StandardStreams.bridge(stdio);
        client(endpoint, session -> session.pipeline().addLast(bridge))
                .connect(server)
                .get();
        bridge.ended().toCompletableFuture().get();
    }

    private void runTunnel(Endpoint endpoint, MultipathAddress server, TunnelEntry entry, SocketAddress entryAddress)
            throws Exception {
        Bootstrap sessions = client(endpoint, session -> session.pipeline().addLast(new RelayHandler()))
                .option(ChannelOption.AUTO_READ, false);
        RelayConnector.Dialer dialer =
                accepted -> sessions.clone(accepted.eventLoop()).connect(server);
        entry.open(endpoint, entryAddress, dialer, stdio).closeFuture().get();
    }

    private void runUnixTunnel(Endpoint endpoint, MultipathAddress server, Path file) throws IOException {
        try (UnixEntry unix = UnixEntry.open(file)) {
            endpoint.atShutdown(() -> file.toFile().delete());
            unix.serve(bridge -> client(endpoint, session -> session.pipeline().addLast(bridge))
                    .connect(server));
        }
    }
}
