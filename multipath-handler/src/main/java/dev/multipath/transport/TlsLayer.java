package dev.multipath.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * TLS for the subflows of a transport: each gets an {@code SslHandler} and, behind it, a {@link TlsGuard}. That a subflow
 * moves between event loops is no matter to the two: the handshake is over by then, and with it all that is bound to the
 * first loop.
 *
 * <p>It moves after the preface, and Netty's contexts look up their event loop anew after each registration.
 */
final class TlsLayer {

    /** The path manager and the server have limits of their own, which cover more than this handshake. */
    private static final long NO_TIMEOUT = 0;

    private final TlsConfig config;

    TlsLayer(TlsConfig config) {
        this.config = Objects.requireNonNull(config, "config");
    }

    /** What a subflow that is dialled gets, instead of the setup. */
    SubflowSetup beforeDialled(SubflowSetup setup, SocketAddress remote) {
        if (!config.isClient()) {
            throw new UnsupportedOperationException("this transport has a server's TLS");
        }
        return setup.behind(subflow -> {
            TlsGuard guard = new TlsGuard();
            subflow.pipeline().addLast(clientHandler(subflow, remote, guard), guard);
        });
    }

    /** A subflow that was dialled with {@link #beforeDialled} is ready when this one is. */
    static Future<Channel> handshake(Future<Channel> dialled, EventLoop eventLoop) {
        return SubflowBootstrap.withHandshake(dialled, eventLoop, subflow -> subflow.pipeline()
                .get(TlsGuard.class)
                .ready());
    }

    /** What a subflow that is accepted gets, instead of the setup. */
    SubflowSetup beforeAccepted(SubflowSetup setup) {
        if (config.isClient()) {
            throw new UnsupportedOperationException("this transport has a client's TLS");
        }
        return setup.behind(subflow -> {
            TlsGuard guard = new TlsGuard();
            subflow.pipeline().addLast(new ServerNameHandler(guard), guard);
        });
    }

    private SslHandler clientHandler(Channel subflow, SocketAddress remote, TlsGuard guard) {
        String name = config.serverName(remote);
        if (name == null && config.isHostNameVerified()) {
            throw new IllegalStateException("the server at " + remote + " has no name to verify its certificate by");
        }
        int port = remote instanceof InetSocketAddress inet ? inet.getPort() : -1;
        SslContext context = config.client();
        SslHandler handler = context.newHandler(subflow.alloc(), name, port, config.taskExecutor());
        SSLEngine engine = handler.engine();
        SSLParameters parameters = engine.getSSLParameters();
        // Not null for none: the JDK would then keep what was set before, by the context.
        parameters.setEndpointIdentificationAlgorithm(config.isHostNameVerified() ? "HTTPS" : "");
        parameters.setServerNames(serverNames(name));
        engine.setSSLParameters(parameters);
        return prepare(handler, context, guard);
    }

    private SslHandler prepare(SslHandler handler, SslContext context, TlsGuard guard) {
        handler.setHandshakeTimeoutMillis(NO_TIMEOUT);
        guard.watch(handler, config.requiresAlpn(context));
        return handler;
    }

    /** For the hello: there are no addresses in it, only names, and of those not all that a resolver may know. */
    private static List<SNIServerName> serverNames(String name) {
        if (name == null || NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name)) {
            return List.of();
        }
        try {
            return List.of(new SNIHostName(name.endsWith(".") ? name.substring(0, name.length() - 1) : name));
        } catch (IllegalArgumentException e) {
            // Such as one with an underscore; the server has to do without.
            return List.of();
        }
    }

    /** Reads the client's hello, and replaces itself by the handler with the context for the name in it. */
    private final class ServerNameHandler extends SniHandler {

        private final TlsGuard guard;

        ServerNameHandler(TlsGuard guard) {
            super(config.server(), NO_TIMEOUT);
            this.guard = guard;
        }

        @Override
        protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            return prepare(context.newHandler(allocator, config.taskExecutor()), context, guard);
        }
    }
}
