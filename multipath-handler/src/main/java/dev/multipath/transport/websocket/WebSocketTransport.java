package dev.multipath.transport.websocket;

import dev.multipath.transport.SubflowBootstrap;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import dev.multipath.transport.TransportDecorator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * WebSockets over another transport. A client dials {@link WebSocketAddress}es by it, and leaves other addresses to the other
 * transport; so one session can have both. A server answers WebSockets only. Proxies are the other transport's: an {@code
 * HttpProxyHandler} that is added by its {@code withInitializer}, say.
 */
public final class WebSocketTransport extends TransportDecorator {

    /** What both ends call what they speak ({@code Sec-WebSocket-Protocol}). */
    public static final String SUBPROTOCOL = "multipath.0";

    /** Of a request or an answer: nobody sends one with a body. */
    private static final int MAX_HTTP_BODY_BYTES = 8 << 10;

    /** Whoever dials has a limit of its own, which covers more than this handshake. */
    private static final long NO_TIMEOUT_MILLIS = TimeUnit.DAYS.toMillis(1);

    private final SubflowTransport secure;
    private final SubflowTransport listening;
    private final String path;

    /**
     * Creates one for clients, for servers or for both.
     *
     * @param base what carries the WebSockets, such as {@link SubflowTransport#ofEventLoop()}
     * @param tls of a client for {@code wss} addresses, or of a server for all its listeners; {@code null} for none. Its context
     *     need not offer {@link TlsConfig#ALPN_PROTOCOL}: HTTP servers know it not
     * @param path where a server answers, such as {@code /multipath}; a client's are in its addresses
     */
    public WebSocketTransport(SubflowTransport base, TlsConfig tls, String path) {
        super(base);
        this.secure = tls == null ? null : base.withTls(tls);
        this.listening = tls == null ? base : secure;
        this.path = Objects.requireNonNull(path, "path");
    }

    @Override
    public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return super.eventLoop(session, remote instanceof WebSocketAddress address ? address.server() : remote);
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        if (!(remote instanceof WebSocketAddress address)) {
            return super.dial(eventLoop, remote, local, setup);
        }
        if (address.isSecure() && secure == null) {
            throw new UnsupportedOperationException("no TLS is set for " + address);
        }
        SubflowSetup withHandshake = setup.behind(subflow -> subflow.pipeline()
                .addLast(
                        new HttpClientCodec(),
                        new HttpObjectAggregator(MAX_HTTP_BODY_BYTES),
                        new WebSocketPings(),
                        clientHandler(address),
                        new WebSocketSubflowHandler()));
        Future<Channel> dialled = address.isSecure()
                ? secure.dial(eventLoop, address.server(), local, withHandshake)
                : super.dial(eventLoop, address.server(), local, withHandshake);
        return SubflowBootstrap.withHandshake(
                dialled, eventLoop, subflow -> handler(subflow).ready());
    }

    private static ChannelHandler clientHandler(WebSocketAddress address) {
        return new WebSocketClientProtocolHandler(WebSocketClientProtocolConfig.newBuilder()
                .webSocketUri(address.uri())
                .subprotocol(SUBPROTOCOL)
                .maxFramePayloadLength(WebSocketSubflowHandler.MAX_RECEIVED_BYTES)
                .handshakeTimeoutMillis(NO_TIMEOUT_MILLIS)
                .handleCloseFrames(false)
                .sendCloseFrame(null)
                .withUTF8Validator(false)
                .build());
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return listening.listen(eventLoop, local, setup.behind(subflow -> subflow.pipeline()
                .addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_HTTP_BODY_BYTES))
                .addLast(serverHandlers(path))));
    }

    /**
     * {@return for one connection of an HTTP server's own: handlers that answer WebSockets at a path, and nothing else} They go
     * behind the server's {@code HttpServerCodec} and {@code HttpObjectAggregator}, and before a {@code MultipathServerHandler},
     * whose acceptor has a {@code WebSocketTransport} as its {@code SUBFLOW_TRANSPORT}, so that it knows how WebSockets end.
     *
     * @param path such as {@code /multipath}
     */
    public static ChannelHandler[] serverHandlers(String path) {
        return new ChannelHandler[] {
            new WebSocketPings(),
            new WebSocketServerProtocolHandler(WebSocketServerProtocolConfig.newBuilder()
                    .websocketPath(path)
                    .subprotocols(SUBPROTOCOL)
                    .handleCloseFrames(false)
                    .sendCloseFrame(null)
                    .decoderConfig(WebSocketDecoderConfig.newBuilder()
                            .maxFramePayloadLength(WebSocketSubflowHandler.MAX_RECEIVED_BYTES)
                            .withUTF8Validator(false)
                            .build())
                    .build()),
            new WebSocketSubflowHandler()
        };
    }

    private static WebSocketSubflowHandler handler(Channel subflow) {
        return subflow.pipeline().get(WebSocketSubflowHandler.class);
    }

    /** The empty buffer that the other transport writes before it ends a socket becomes the Close. */
    @Override
    public void end(Channel subflow) {
        WebSocketSubflowHandler handler = handler(subflow);
        if (handler != null) {
            try {
                subflow.eventLoop().execute(handler::endWithTheNextEmptyBuffer);
            } catch (RejectedExecutionException e) {
                // Its loop has ended, and the other transport closes it.
                super.end(subflow);
                return;
            }
        }
        super.end(subflow);
    }
}
