package dev.multipath.quic;

import dev.multipath.codec.PeerText;
import dev.multipath.transport.TlsConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClosedChannelException;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicTransportError;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;

/** The TLS inside of QUIC, by the vocabulary of {@link TlsConfig}. */
final class QuicTls {

    private static final String HTTPS = "HTTPS";

    /** Those that a wrong setup brings; RFC 8446 section 6, RFC 7301 section 3.2. */
    private static final Map<Integer, String> ALERTS = Map.of(
            40, "handshake_failure",
            42, "bad_certificate",
            45, "certificate_expired",
            46, "certificate_unknown",
            48, "unknown_ca",
            51, "decrypt_error",
            80, "internal_error",
            112, "unrecognized_name",
            116, "certificate_required",
            120, "no_application_protocol");

    private QuicTls() {}

    /** A client's engines, each with the name of the server in it. */
    static Function<QuicChannel, QuicSslEngine> engines(TlsConfig config, SocketAddress remote) {
        QuicSslContext context = quic(config.client());
        String name = config.serverName(remote);
        if (name == null && config.isHostNameVerified()) {
            throw new IllegalStateException("the server at " + remote + " has no name to verify its certificate by");
        }
        int port = remote instanceof InetSocketAddress inet ? inet.getPort() : -1;
        return channel -> context.newEngine(channel.alloc(), name, port);
    }

    /** A server's, which answers with the context of the name that a client asks for. */
    static QuicSslContext serverContext(TlsConfig config) {
        return config.serverContext()
                .map(QuicTls::quic)
                .orElseGet(() -> QuicSslContextBuilder.buildForServerWithSni(
                        name -> withoutClientAuth(quic(config.server().map(name)))));
    }

    /**
     * Whether clients are asked for certificates, and whom is trusted then, cannot be changed any more when the name is known
     * (BoringSSL takes both from the context that a connection begins with): nobody is to be let in for that.
     */
    private static QuicSslContext withoutClientAuth(QuicSslContext context) {
        SSLEngine engine = context.newEngine(ByteBufAllocator.DEFAULT);
        if (engine.getNeedClientAuth() || engine.getWantClientAuth()) {
            throw new IllegalArgumentException(
                    "over QUIC, a context that is chosen by name cannot ask for certificates");
        }
        return context;
    }

    /**
     * Whether names are verified is the context's business in QUIC: the two must not contradict each other.
     *
     * @throws IllegalArgumentException if they do
     */
    static void check(TlsConfig config) {
        if (!config.isClient()) {
            config.serverContext().ifPresent(QuicTls::quic);
            return;
        }
        QuicSslContext context = quic(config.client());
        boolean verifies = HTTPS.equals(context.newEngine(ByteBufAllocator.DEFAULT, "a.test", 1)
                .getSSLParameters()
                .getEndpointIdentificationAlgorithm());
        if (verifies != config.isHostNameVerified()) {
            throw new IllegalArgumentException(
                    verifies
                            ? "withoutHostNameVerification() needs a QuicSslContext with endpointIdentificationAlgorithm(null)"
                            : "a context with endpointIdentificationAlgorithm(null) verifies no names: say so by"
                                    + " withoutHostNameVerification()");
        }
    }

    private static QuicSslContext quic(SslContext context) {
        if (context instanceof QuicSslContext quic) {
            return quic;
        }
        throw new IllegalArgumentException("not a QuicSslContext, but "
                + (context == null ? null : context.getClass().getName()));
    }

    /** Why a connection was closed, or not let in, by the peer. */
    static Exception cause(QuicConnectionCloseEvent close) {
        String reason = reason(close);
        String words = reason.isEmpty() ? "" : ": " + PeerText.escape(reason);
        if (close.isTlsError()) {
            int alert = QuicConnectionCloseEvent.extractTlsError(close.error());
            return new SSLHandshakeException("the peer ended the TLS handshake, alert " + ALERTS.getOrDefault(alert, "")
                    + " (" + alert + ")" + words);
        }
        if (close.isApplicationClose()) {
            return new QuicSubflowException(
                    "the peer cut the subflow, code " + close.error() + words, close.error(), null);
        }
        return new QuicSubflowException(
                "the peer closed the QUIC connection, " + QuicTransportError.valueOf(close.error()) + words,
                QuicSubflowException.NO_CODE,
                null);
    }

    private static String reason(QuicConnectionCloseEvent close) {
        try {
            return new String(close.reason(), StandardCharsets.UTF_8);
        } catch (NullPointerException e) {
            // Netty 4.2.17 copies a reason that is not there.
            return "";
        }
    }

    /** The same of a connection that was never there; others stay as they are. */
    static Throwable connectFailure(Throwable cause) {
        return cause instanceof QuicClosedChannelException closed && closed.event() != null
                ? cause(closed.event())
                : cause;
    }
}
