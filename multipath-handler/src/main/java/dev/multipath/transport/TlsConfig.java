package dev.multipath.transport;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.Mapping;
import io.netty.util.concurrent.ImmediateExecutor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * The TLS of a client's or of a server's subflows, for {@link SubflowTransport#withTls}. Immutable, and for any number of
 * transports. Trust, keys, versions and mutual TLS ({@code clientAuth(ClientAuth.REQUIRE)}) are the {@link SslContext}'s;
 * here is what belongs to paths:
 *
 * <ul>
 *   <li>A client names the server in its hello (SNI, RFC 6066 section 3) and checks that the certificate is for that name
 *       (RFC 9525). The name is the host of the path's address, unless another is given.
 *   <li>If the context offers the protocol {@value #ALPN_PROTOCOL} (ALPN, RFC 7301), as those of {@link #prepare} do, a
 *       subflow on which it is not agreed upon is closed, unless that is made optional.
 * </ul>
 */
public final class TlsConfig {

    /** A server that has one certificate for everybody. */
    private record OneContext(SslContext context) implements Mapping<String, SslContext> {

        @Override
        public SslContext map(String name) {
            return context;
        }
    }

    /** What the protocol on a subflow is called in ALPN. */
    public static final String ALPN_PROTOCOL = "multipath/0";

    private final SslContext client;
    private final Mapping<? super String, ? extends SslContext> server;
    private final Function<? super SocketAddress, String> serverNames;
    private final boolean hostNameVerified;
    private final boolean alpnRequired;
    private final Executor taskExecutor;

    private TlsConfig(
            SslContext client,
            Mapping<? super String, ? extends SslContext> server,
            Function<? super SocketAddress, String> serverNames,
            boolean hostNameVerified,
            boolean alpnRequired,
            Executor taskExecutor) {
        this.client = client;
        this.server = server;
        this.serverNames = Objects.requireNonNull(serverNames, "serverNames");
        this.hostNameVerified = hostNameVerified;
        this.alpnRequired = alpnRequired;
        this.taskExecutor = Objects.requireNonNull(taskExecutor, "taskExecutor");
    }

    /**
     * Sets what contexts for subflows have in common: ALPN with the protocol {@value #ALPN_PROTOCOL}. The provider is
     * left to Netty unless it is set, which takes boringssl or OpenSSL if {@code netty-tcnative} is on the class path, and
     * the JDK's otherwise.
     *
     * @param builder with keys and trust
     * @return the builder
     */
    public static SslContextBuilder prepare(SslContextBuilder builder) {
        // The only behaviours that both providers know. What was agreed upon is looked at when the handshake is done.
        return builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                ALPN_PROTOCOL));
    }

    /**
     * For a client.
     *
     * @param context as {@link #prepare} makes them
     * @return what checks the server's name, by the host of each path's address
     * @throws IllegalArgumentException if the context is a server's
     */
    public static TlsConfig client(SslContext context) {
        if (!context.isClient()) {
            throw new IllegalArgumentException("the context is for a server");
        }
        return new TlsConfig(context, null, TlsConfig::hostOf, true, true, ImmediateExecutor.INSTANCE);
    }

    /**
     * For a server with one context.
     *
     * @param context as {@link #prepare} makes them
     * @return what answers with it, whatever name a client asks for
     * @throws IllegalArgumentException if the context is a client's
     */
    public static TlsConfig server(SslContext context) {
        if (!context.isServer()) {
            throw new IllegalArgumentException("the context is for a client");
        }
        return server(new OneContext(context));
    }

    /**
     * For a server with a context for each of its names, such as {@link io.netty.util.DomainWildcardMappingBuilder} makes.
     *
     * @param contexts asked for the name that a client's hello has, which may be null, on the listener's event loop; if it
     *     throws, the connection is closed
     * @return what answers with the context of the name that a client asks for
     */
    public static TlsConfig server(Mapping<? super String, ? extends SslContext> contexts) {
        Objects.requireNonNull(contexts, "contexts");
        return new TlsConfig(null, contexts, TlsConfig::hostOf, true, true, ImmediateExecutor.INSTANCE);
    }

    /**
     * Client: the name of the server, whatever the path: for paths whose addresses are numbers.
     *
     * @param name a host name, or an IP address as a literal
     * @return a changed copy
     */
    public TlsConfig withServerName(String name) {
        Objects.requireNonNull(name, "name");
        return withServerNames(remote -> name);
    }

    /**
     * Client: the names of servers.
     *
     * @param names tells the name, or the IP address as a literal, by a path's remote address; null if there is none, which
     *     fails the path unless names are not verified; called on the subflow's event loop
     * @return a changed copy
     */
    public TlsConfig withServerNames(Function<? super SocketAddress, String> names) {
        return new TlsConfig(client, server, names, hostNameVerified, alpnRequired, taskExecutor);
    }

    /**
     * Client: any certificate that the context trusts will do, whoever it is for. Only for trust in a few certificates,
     * all of which may answer on any path.
     *
     * @return a changed copy
     */
    public TlsConfig withoutHostNameVerification() {
        return new TlsConfig(client, server, serverNames, false, alpnRequired, taskExecutor);
    }

    /**
     * A peer that does not agree on {@value #ALPN_PROTOCOL} will do, too.
     *
     * @return a changed copy
     */
    public TlsConfig withOptionalAlpn() {
        return new TlsConfig(client, server, serverNames, hostNameVerified, false, taskExecutor);
    }

    /**
     * Where the expensive parts of handshakes are done, such as signing; the default is on the subflow's event loop, which
     * for a server is the listener's.
     *
     * @param executor shut down by its owner, after the channels that use it are closed
     * @return a changed copy
     */
    public TlsConfig withTaskExecutor(Executor executor) {
        return new TlsConfig(client, server, serverNames, hostNameVerified, alpnRequired, executor);
    }

    private static String hostOf(SocketAddress remote) {
        if (!(remote instanceof InetSocketAddress inet)) {
            return null;
        }
        // Never looks a name up. The scope of an IPv6 address is of this host, and in no certificate.
        String host = inet.getHostString();
        int scope = host.indexOf('%');
        return scope < 0 ? host : host.substring(0, scope);
    }

    // ---- for transports, which all this is done by

    /** {@return whether it is a client's} */
    public boolean isClient() {
        return client != null;
    }

    /** {@return a client's context; null for a server} */
    public SslContext client() {
        return client;
    }

    /** {@return a server's contexts, by the name that a client asks for; null for a client} */
    public Mapping<? super String, ? extends SslContext> server() {
        return server;
    }

    /** {@return the server's context, if it has one for all names} */
    public Optional<SslContext> serverContext() {
        return server instanceof OneContext one ? Optional.of(one.context()) : Optional.empty();
    }

    /**
     * {@return the name of the server there; null if there is none}
     *
     * @param remote of a path
     */
    public String serverName(SocketAddress remote) {
        return serverNames.apply(remote);
    }

    /** {@return whether a client checks that a certificate is for that name} */
    public boolean isHostNameVerified() {
        return hostNameVerified;
    }

    boolean requiresAlpn(SslContext context) {
        return alpnRequired
                && context.applicationProtocolNegotiator().protocols().contains(ALPN_PROTOCOL);
    }

    /** {@return where the expensive parts of handshakes are done} */
    public Executor taskExecutor() {
        return taskExecutor;
    }
}
