package dev.multipath.examples;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathServerHandler;
import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.tls.PemFiles;
import dev.multipath.examples.tls.UnusableFileException;
import dev.multipath.examples.tls.UnusableFileException.Problem;
import dev.multipath.examples.web.FileService;
import dev.multipath.examples.web.FileTree;
import dev.multipath.examples.web.UnifiedPorts;
import dev.multipath.examples.web.WebService;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.Exhaustion;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.AccessDeniedException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A web server that has learned multipath. */
@Command(
        name = "web",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "Serve HTTP to plain clients and over multipath sessions, on the same ports.",
            "Which of them a connection is, its first byte tells; over QUIC come sessions only. A GET is answered with how it came, a POST with its "
                    + "own body; with --www, files are served. Serves until Ctrl-C."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "1:cannot listen",
            "2:wrong usage, an unknown host, or a file or directory that is of no use",
            "130, 143:ended by Ctrl-C and SIGTERM"
        })
final class WebCommand implements Callable<Integer> {
    private final Stdio stdio;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ListenOptions listen;

    @ArgGroup(exclusive = false, heading = "TLS, for plain clients and for single paths:%n")
    private TlsFiles tlsFiles;

    @Option(
            names = "--www",
            paramLabel = "DIR",
            description =
                    "Serve the files below this directory (HTTP/1.1 and HTTP/2; GET and HEAD, ranges, ETag, listings). Nothing outside is "
                            + "found, by links either, nor what begins with a dot.")
    private java.nio.file.Path directory;

    @Mixin
    private QuicTuning tuning;

    @Mixin
    private SessionOptions options;

    WebCommand(Stdio stdio) {
        this.stdio = stdio;
    }

    /** Both or none. */
    private static final class TlsFiles {
        @Option(names = "--cert", paramLabel = "FILE", required = true, description = "Certificate chain in PEM.")
        private File certificate;

        @Option(names = "--key", paramLabel = "FILE", required = true, description = "Its private key in PEM, PKCS#8.")
        private File key;

        SslContext context(String... protocols) throws IOException {
            X509Certificate[] chain = PemFiles.certificates(certificate);
            return SslContextBuilder.forServer(PemFiles.key(key, chain[0]), chain)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            protocols))
                    .build();
        }

        QuicSslContext quicContext() throws IOException {
            X509Certificate[] chain = PemFiles.certificates(certificate);
            return QuicTransport.prepare(QuicSslContextBuilder.forServer(PemFiles.key(key, chain[0]), null, chain))
                    .build();
        }
    }

    @Override
    public Integer call() throws Exception {
        MultipathAddress address = listen.address();
        QuicTransport quic = quic();
        SslContext tls = tls();
        Consumer<ChannelPipeline> http = service();
        Carriage carriage = Carriage.of(Transport.best(), base -> quic == null ? base : quic.alongside(base));
        try (Endpoint endpoint = new Endpoint(carriage, options, stdio);
                MultipathAcceptor acceptor = endpoint.acceptor(session -> http.accept(session.pipeline()))) {
            SubflowTransport ports = new UnifiedPorts(acceptor, tls, http);
            SubflowTransport transport = quic == null ? ports : quic.alongside(ports);
            SubflowSetup quicOnly = new SubflowSetup(Map.of(), subflow -> {
                endpoint.track(subflow);
                subflow.pipeline().addLast(new MultipathServerHandler(acceptor));
            });
            List<SocketAddress> bound = new ArrayList<>();
            for (Path path : address.paths()) {
                Channel listener = listen.bind(transport, endpoint.eventLoops().next(), path.remote(), quicOnly);
                listener.pipeline().addLast(Exhaustion.ofListener());
                bound.add(listener.localAddress());
            }
            listen.announce(MultipathAddress.of(bound.toArray(SocketAddress[]::new)), stdio);
            endpoint.eventLoops().terminationFuture().get();
        }
        return ExitCode.OK;
    }

    /** Null for none. Only sessions come over it: no HTTP/3. */
    private QuicTransport quic() throws IOException {
        if (!listen.isQuicAddressed()) {
            if (tuning.isGiven()) {
                throw wrongUsage("--quic-... needs a quic:// address");
            }
            return null;
        }
        if (tlsFiles == null) {
            throw wrongUsage("quic:// needs --cert and --key");
        }
        if (!Quic.isAvailable()) {
            throw new IOException("no QUIC on this system: " + Quic.unavailabilityCause());
        }
        try {
            return QuicTransport.of(TlsConfig.server(tlsFiles.quicContext())).withOptions(tuning.options());
        } catch (IllegalArgumentException e) {
            throw wrongUsage(e.getMessage());
        }
    }

    private ParameterException wrongUsage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Null for none. Clients may speak multipath below TLS as well. */
    private SslContext tls() throws IOException {
        if (tlsFiles == null) {
            return null;
        }
        return directory == null
                ? tlsFiles.context(TlsConfig.ALPN_PROTOCOL, ApplicationProtocolNames.HTTP_1_1)
                : tlsFiles.context(
                        TlsConfig.ALPN_PROTOCOL, ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);
    }

    private Consumer<ChannelPipeline> service() throws IOException {
        if (directory == null) {
            return WebService::addTo;
        }
        try {
            FileTree files = new FileTree(directory);
            return pipeline -> FileService.addTo(pipeline, files);
        } catch (AccessDeniedException e) {
            throw new UnusableFileException(directory.toFile(), Problem.UNREADABLE, e);
        } catch (IOException e) {
            throw new UnusableFileException(directory.toFile(), Problem.NO_DIRECTORY, e);
        }
    }
}
