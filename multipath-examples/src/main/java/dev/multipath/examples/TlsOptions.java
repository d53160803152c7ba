package dev.multipath.examples;

import dev.multipath.examples.psk.PskTransport;
import dev.multipath.examples.psk.SharedSecret;
import dev.multipath.examples.tls.PemFiles;
import dev.multipath.quic.QuicOptions;
import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What protects every path, of {@code listen} and {@code connect}; what only one of them has is below. */
abstract class TlsOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--tls", description = "Use TLS on every path; the options below imply it.")
    private boolean tls;

    @Option(
            names = "--cert",
            paramLabel = "FILE",
            description = "Certificate chain in PEM, to be shown to the peer. A listener needs one.")
    private File certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "Its private key in PEM.")
    private File key;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "Certificates in PEM that the peer's must come from. Of connect, the default is Java's own; a "
                            + "listener asks its clients for certificates only if this is given, and refuses who has none.")
    private File authority;

    @Option(
            names = "--psk-file",
            paramLabel = "FILE",
            description =
                    "Instead of certificates: a secret that both ends have in a file ('openssl rand -base64 32' "
                            + "makes one; nobody else should be able to read it). Every path is encrypted, and nobody without the secret gets in.")
    private File secret;

    @Option(
            names = "--transport",
            paramLabel = "KIND",
            defaultValue = "tcp",
            converter = Carrier.Converter.class,
            description =
                    "What carries the paths: tcp, quic, or prefer-quic: a listener takes both on ports of the same "
                            + "number, a client what answers first, TCP 250 ms later (default: ${DEFAULT-VALUE}). QUIC has "
                            + "TLS in it, so it takes the options of --tls. With tcp, addresses with quic:// are QUIC's all the same.")
    private Carrier carrier;

    @Mixin
    private QuicTuning tuning;

    /** Whether TCP is what carries the paths whose address does not say. */
    final boolean isTcpOnly() {
        return carrier == Carrier.TCP;
    }

    /**
     * What was asked for: a layer on whatever carries subflows, or null for none.
     *
     * @param isQuicAddressed whether one of the addresses is QUIC's by itself
     * @throws IOException in words for one line
     */
    final UnaryOperator<SubflowTransport> protection(boolean isQuicAddressed) throws IOException {
        boolean isQuicWanted = isQuicAddressed || carrier != Carrier.TCP;
        if (!isQuicWanted && tuning.isGiven()) {
            throw wrongUsage("--quic-... needs a quic:// address, or --transport quic or prefer-quic");
        }
        if (secret != null) {
            if (isQuicWanted) {
                throw wrongUsage("--psk-file goes with --transport tcp only, and without quic:// addresses");
            }
            if (isTlsWanted()) {
                throw wrongUsage("--psk-file goes without --tls, --cert, --key, --ca and --server-name");
            }
            SharedSecret shared = SharedSecret.read(secret);
            return transport -> new PskTransport(transport, shared);
        }
        if (!isQuicWanted && !isTlsWanted()) {
            return null;
        }
        TlsConfig config = config();
        if (!isQuicWanted) {
            return transport -> transport.withTls(config);
        }
        if (!Quic.isAvailable()) {
            throw new IOException("no QUIC on this system: " + Quic.unavailabilityCause());
        }
        QuicTransport quic = QuicTransport.of(quicConfig()).withOptions(quicOptions());
        return transport -> carrier.of(quic, transport.withTls(config));
    }

    private QuicOptions quicOptions() {
        try {
            return tuning.options();
        } catch (IllegalArgumentException e) {
            throw wrongUsage(e.getMessage());
        }
    }

    /** A listener's. */
    static final class OfListener extends TlsOptions {
        @Override
        TlsConfig config() throws IOException {
            if (!hasCertificate()) {
                throw wrongUsage("a listener needs --cert and --key for TLS");
            }
            X509Certificate[] chain = PemFiles.certificates(certificate());
            SslContextBuilder builder =
                    TlsConfig.prepare(SslContextBuilder.forServer(PemFiles.key(key(), chain[0]), chain));
            if (authority() != null) {
                builder.trustManager(PemFiles.certificates(authority())).clientAuth(ClientAuth.REQUIRE);
            }
            return TlsConfig.server(builder.build());
        }

        @Override
        TlsConfig quicConfig() throws IOException {
            X509Certificate[] chain = PemFiles.certificates(certificate());
            QuicSslContextBuilder builder =
                    QuicTransport.prepare(QuicSslContextBuilder.forServer(PemFiles.key(key(), chain[0]), null, chain));
            if (authority() != null) {
                builder.trustManager(PemFiles.certificates(authority())).clientAuth(ClientAuth.REQUIRE);
            }
            return TlsConfig.server(builder.build());
        }
    }

    /** A client's. */
    static final class OfClient extends TlsOptions {
        @Option(
                names = "--server-name",
                paramLabel = "NAME",
                description = "Who the server's certificate must be for (default: the host of each HOST:PORT).")
        private String serverName;

        @Override
        boolean isTlsWanted() {
            return super.isTlsWanted() || serverName != null;
        }

        @Override
        TlsConfig config() throws IOException {
            SslContextBuilder builder = TlsConfig.prepare(SslContextBuilder.forClient());
            if (authority() != null) {
                builder.trustManager(PemFiles.certificates(authority()));
            }
            if (hasCertificate()) {
                X509Certificate[] chain = PemFiles.certificates(certificate());
                builder.keyManager(PemFiles.key(key(), chain[0]), chain);
            }
            return named(TlsConfig.client(builder.build()));
        }

        @Override
        TlsConfig quicConfig() throws IOException {
            QuicSslContextBuilder builder = QuicTransport.prepare(QuicSslContextBuilder.forClient());
            if (authority() != null) {
                builder.trustManager(PemFiles.certificates(authority()));
            }
            if (hasCertificate()) {
                X509Certificate[] chain = PemFiles.certificates(certificate());
                builder.keyManager(PemFiles.key(key(), chain[0]), null, chain);
            }
            return named(TlsConfig.client(builder.build()));
        }

        private TlsConfig named(TlsConfig config) {
            return serverName == null ? config : config.withServerName(serverName);
        }
    }

    /**
     * The certificates' TLS.
     *
     * @throws IOException in words for one line
     */
    abstract TlsConfig config() throws IOException;

    /**
     * The same for QUIC.
     *
     * @throws IOException in words for one line
     */
    abstract TlsConfig quicConfig() throws IOException;

    /** Whether one of its options was given. */
    boolean isTlsWanted() {
        return tls || certificate != null || key != null || authority != null;
    }

    /** Whether there is one; one of both files alone is of no use. */
    final boolean hasCertificate() {
        if ((certificate == null) != (key == null)) {
            throw wrongUsage("--cert and --key go together");
        }
        return certificate != null;
    }

    final File certificate() {
        return certificate;
    }

    final File key() {
        return key;
    }

    final File authority() {
        return authority;
    }

    final ParameterException wrongUsage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
