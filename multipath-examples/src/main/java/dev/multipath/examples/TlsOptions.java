package dev.multipath.examples;

import dev.multipath.examples.tls.PemFiles;
import dev.multipath.transport.TlsConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import java.security.cert.X509Certificate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** TLS on every path, of {@code listen} and {@code connect}; what only one of them has is below. */
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

    /** A listener's. */
    static final class OfListener extends TlsOptions {
        @Override
        TlsConfig config() throws IOException {
            if (!isWanted()) {
                return null;
            }
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
    }

    /** A client's. */
    static final class OfClient extends TlsOptions {
        @Option(
                names = "--server-name",
                paramLabel = "NAME",
                description = "Who the server's certificate must be for (default: the host of each HOST:PORT).")
        private String serverName;

        @Override
        TlsConfig config() throws IOException {
            if (!isWanted() && serverName == null) {
                return null;
            }
            SslContextBuilder builder = TlsConfig.prepare(SslContextBuilder.forClient());
            if (authority() != null) {
                builder.trustManager(PemFiles.certificates(authority()));
            }
            if (hasCertificate()) {
                X509Certificate[] chain = PemFiles.certificates(certificate());
                builder.keyManager(PemFiles.key(key(), chain[0]), chain);
            }
            TlsConfig config = TlsConfig.client(builder.build());
            return serverName == null ? config : config.withServerName(serverName);
        }
    }

    /**
     * What was asked for, or null for no TLS.
     *
     * @throws IOException in words for one line
     */
    abstract TlsConfig config() throws IOException;

    final boolean isWanted() {
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
