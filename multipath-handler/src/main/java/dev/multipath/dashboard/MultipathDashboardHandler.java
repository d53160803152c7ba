package dev.multipath.dashboard;

import dev.multipath.channel.MemoryBudget;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.SessionSnapshot;
import dev.multipath.codec.PeerText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A live page of sessions and their paths, in an HTTP server of Netty's: behind {@code HttpServerCodec} and {@code
 * HttpObjectAggregator}, whose requests for other paths go on to the handlers behind it. Whoever has the page's address, with its
 * token, sees all sessions, can set paths to backup, remove and add them, and change schedulers. For any number of connections.
 *
 * <p>Plain HTTP shows the token to whoever listens on the way: serve it on a loopback address, or behind TLS.
 */
@Sharable
public final class MultipathDashboardHandler extends ChannelInboundHandlerAdapter {

    /** A person has one or two pages open; what is forgotten in some tab is to cost nobody much. */
    private static final int MAX_VIEWERS = 32;

    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final String path;
    private final String token;
    private final DashboardAccess access;
    private final DashboardState state;
    private final DashboardFiles files = new DashboardFiles();
    private final AtomicInteger viewers = new AtomicInteger();

    private MultipathDashboardHandler(Builder builder) {
        path = builder.path;
        token = builder.token;
        access = new DashboardAccess(token, Set.copyOf(builder.hosts));
        state = new DashboardState(builder.sessions, builder.budget);
    }

    /**
     * Begins to make a handler.
     *
     * @param sessions asked about once a second for each viewer, on its connection's event loop:
     *     {@code MultipathServerChannel::sessions}, {@code MultipathAcceptor::sessions}, or those of clients
     * @return the builder
     */
    public static Builder builder(Supplier<? extends Collection<SessionSnapshot>> sessions) {
        return new Builder(sessions);
    }

    /** {@return the page's address on its server, with the token: {@code /?token=...}} */
    public String pathAndToken() {
        return path + "?token=" + token;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof FullHttpRequest request)) {
            ctx.fireChannelRead(message);
            return;
        }
        QueryStringDecoder query = new QueryStringDecoder(request.uri());
        if (!query.path().startsWith(path)) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            answer(ctx, request, query, query.path().substring(path.length()));
        } finally {
            ReferenceCountUtil.release(request);
        }
    }

    private void answer(ChannelHandlerContext ctx, FullHttpRequest request, QueryStringDecoder query, String name) {
        boolean isPost = request.method().equals(HttpMethod.POST);
        if (!access.isForUs(request.headers(), ctx.channel().localAddress())) {
            refuse(ctx, request, HttpResponseStatus.MISDIRECTED_REQUEST, "this host is not known here");
        } else if (!access.isFromUs(request.headers())) {
            refuse(ctx, request, HttpResponseStatus.FORBIDDEN, "not from this page");
        } else if (isPost != name.equals("action")
                || !(isPost || request.method().equals(HttpMethod.GET))) {
            refuse(ctx, request, HttpResponseStatus.METHOD_NOT_ALLOWED, "not by this method");
        } else if (files.find(name) != null && !name.isEmpty()) {
            send(ctx, request, name);
        } else if (!access.hasToken(query)) {
            refuse(ctx, request, HttpResponseStatus.FORBIDDEN, "the token is missing or wrong");
        } else {
            answerToViewer(ctx, request, name);
        }
    }

    private void answerToViewer(ChannelHandlerContext ctx, FullHttpRequest request, String name) {
        switch (name) {
            case "" -> send(ctx, request, name);
            case "events" -> follow(ctx, request);
            case "action" -> act(ctx, request);
            default -> refuse(ctx, request, HttpResponseStatus.NOT_FOUND, "no such file");
        }
    }

    private void send(ChannelHandlerContext ctx, FullHttpRequest request, String name) {
        DashboardFiles.File file = files.find(name);
        respond(ctx, request, HttpResponseStatus.OK, file.type(), Unpooled.wrappedBuffer(file.content()));
    }

    private void follow(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (viewers.incrementAndGet() > MAX_VIEWERS) {
            viewers.decrementAndGet();
            refuse(ctx, request, HttpResponseStatus.SERVICE_UNAVAILABLE, "too many viewers");
            return;
        }
        ctx.channel().closeFuture().addListener(closed -> viewers.decrementAndGet());
        // In front, so that what else comes on this connection finds that it is taken.
        ctx.pipeline().addBefore(ctx.name(), null, new EventStream(state));
    }

    private void act(ChannelHandlerContext ctx, FullHttpRequest request) {
        Asked asked = Asked.of(request);
        try {
            Map<String, List<String>> parameters =
                    new QueryStringDecoder(request.content().toString(StandardCharsets.UTF_8), false).parameters();
            MultipathChannel session = state.find(DashboardAction.parameter(parameters, "session"));
            if (session == null) {
                throw new IllegalArgumentException("the session is over");
            }
            DashboardAction.of(parameters).perform(session, parameters).addListener(done -> {
                Throwable cause = done.cause();
                HttpResponseStatus status = cause == null ? HttpResponseStatus.OK : HttpResponseStatus.CONFLICT;
                tell(ctx, asked, status, cause == null ? "done" : String.valueOf(cause.getMessage()));
            });
        } catch (IllegalArgumentException e) {
            tell(ctx, asked, HttpResponseStatus.BAD_REQUEST, e.getMessage());
        }
    }

    private static void tell(ChannelHandlerContext ctx, Asked asked, HttpResponseStatus status, String words) {
        ByteBuf content = ByteBufUtil.writeUtf8(ctx.alloc(), PeerText.escape(words));
        asked.answer(ctx, status, PLAIN, content);
    }

    private static void refuse(
            ChannelHandlerContext ctx, FullHttpRequest request, HttpResponseStatus status, String words) {
        respond(ctx, request, status, PLAIN, ByteBufUtil.writeUtf8(ctx.alloc(), words + "\n"));
    }

    private static void respond(
            ChannelHandlerContext ctx, FullHttpRequest request, HttpResponseStatus status, String type, ByteBuf body) {
        Asked.of(request).answer(ctx, status, type, body);
    }

    /** What a later answer needs to know of a request that is released by then. */
    private record Asked(HttpVersion version, boolean keepAlive) {

        static Asked of(FullHttpRequest request) {
            return new Asked(request.protocolVersion(), HttpUtil.isKeepAlive(request));
        }

        void answer(ChannelHandlerContext ctx, HttpResponseStatus status, String type, ByteBuf body) {
            ChannelFuture written = ctx.writeAndFlush(response(status, type, body));
            if (!keepAlive) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        private FullHttpResponse response(HttpResponseStatus status, String type, ByteBuf body) {
            FullHttpResponse response = new DefaultFullHttpResponse(version, status, body);
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, type)
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                    .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, POLICY)
                    .set("referrer-policy", "no-referrer")
                    .set("x-content-type-options", "nosniff");
            HttpUtil.setContentLength(response, body.readableBytes());
            HttpUtil.setKeepAlive(response, keepAlive);
            return response;
        }
    }

    /** What a handler is made with. Not thread-safe. */
    public static final class Builder {

        private final Supplier<? extends Collection<SessionSnapshot>> sessions;
        private final Set<String> hosts = new HashSet<>();
        private String path = "/";
        private String token = DashboardAccess.randomToken();
        private MemoryBudget budget = MemoryBudget.shared();

        private Builder(Supplier<? extends Collection<SessionSnapshot>> sessions) {
            this.sessions = Objects.requireNonNull(sessions, "sessions");
        }

        /**
         * Where the page is. Default: the server's root.
         *
         * @param prefix begins and ends with a slash
         * @return this
         * @throws IllegalArgumentException if it does not
         */
        public Builder path(String prefix) {
            if (!prefix.startsWith("/") || !prefix.endsWith("/")) {
                throw new IllegalArgumentException(prefix + " (expected: begins and ends with /)");
            }
            path = prefix;
            return this;
        }

        /**
         * The word that lets a viewer in. Default: 128 random bits.
         *
         * @param secret of letters, digits, - and _, which stand in a URL as they are
         * @return this
         * @throws IllegalArgumentException if there is anything else in it, or nothing
         */
        public Builder token(String secret) {
            if (!secret.matches("[A-Za-z0-9_-]+")) {
                throw new IllegalArgumentException("the token (expected: letters, digits, - and _)");
            }
            token = secret;
            return this;
        }

        /**
         * A host by which the page can be asked for, beside the address that a request comes to, and {@code localhost} if that is
         * a loopback address. Requests for others are refused.
         *
         * @param name as it stands in a URL, without port
         * @return this
         */
        public Builder host(String name) {
            hosts.add(name.toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Whose memory is shown.
         *
         * @param shown what the sessions have as their {@code MEMORY_BUDGET}
         * @return this
         */
        public Builder memoryBudget(MemoryBudget shown) {
            budget = Objects.requireNonNull(shown, "shown");
            return this;
        }

        /**
         * {@return the handler}
         *
         * @throws IllegalStateException if the WebJar is not on the class path
         */
        public MultipathDashboardHandler build() {
            return new MultipathDashboardHandler(this);
        }
    }
}
