package dev.multipath.examples.stream;

import dev.multipath.codec.PeerText;
import dev.multipath.examples.stream.ProxyProtocol.ProxyAnswer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.socksx.v4.Socks4CommandRequest;
import io.netty.handler.codec.socksx.v4.Socks4CommandType;
import io.netty.handler.codec.socksx.v4.Socks4ServerDecoder;
import io.netty.handler.codec.socksx.v4.Socks4ServerEncoder;
import io.netty.handler.codec.socksx.v5.DefaultSocks5InitialResponse;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequest;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandType;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequest;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5ServerEncoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one client of a proxy: takes its request, connects to where it wants if that is permitted, and joins the two. From
 * then on {@link RelayHandler}s do the rest, as in any tunnel.
 */
final class EgressHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(EgressHandler.class);

    /** More than a request takes on any path. */
    private static final int REQUEST_LIMIT_SECONDS = 30;

    private enum State {
        /** Its request is not complete. */
        ASKING,
        /** The target is looked up and dialled. */
        CONNECTING,
        /** Joined, or refused. */
        ANSWERED
    }

    private final PermittedLookups lookups;
    private final BiFunction<Channel, InetSocketAddress, ChannelFuture> dialer;
    private final RelayHandler relay = new RelayHandler();
    private State state = State.ASKING;
    private ProxyProtocol protocol = ProxyProtocol.SOCKS5;
    private String target;
    private Future<?> limit;

    /** @param dialer begins to connect a channel that has a {@link RelayHandler}, on the event loop of the one given */
    EgressHandler(PermittedLookups lookups, BiFunction<Channel, InetSocketAddress, ChannelFuture> dialer) {
        this.lookups = lookups;
        this.dialer = dialer;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        limit = ctx.executor().schedule(() -> onLate(ctx), REQUEST_LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private void onLate(ChannelHandlerContext ctx) {
        if (state == State.ASKING) {
            Breakage.abandon(ctx.channel(), AbortReason.IDLE, "no request");
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        limit.cancel(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof Socks4CommandRequest request) {
            protocol = ProxyProtocol.SOCKS4;
            if (request.decoderResult().isFailure()) {
                refuse(ctx, ProxyAnswer.BAD_REQUEST);
            } else if (!request.type().equals(Socks4CommandType.CONNECT)) {
                refuse(ctx, ProxyAnswer.NO_SUCH_COMMAND);
            } else {
                connect(ctx, request.dstAddr(), request.dstPort());
            }
        } else if (message instanceof Socks5InitialRequest request) {
            greet(ctx, request);
        } else if (message instanceof Socks5CommandRequest request) {
            if (request.decoderResult().isFailure()) {
                refuse(ctx, ProxyAnswer.BAD_REQUEST);
            } else if (!request.type().equals(Socks5CommandType.CONNECT)) {
                refuse(ctx, ProxyAnswer.NO_SUCH_COMMAND);
            } else {
                connect(ctx, request.dstAddr(), request.dstPort());
            }
        } else if (message instanceof HttpRequest request) {
            protocol = ProxyProtocol.HTTP;
            if (request.decoderResult().isFailure()) {
                refuse(ctx, ProxyAnswer.BAD_REQUEST);
            } else if (!request.method().equals(HttpMethod.CONNECT)) {
                refuse(ctx, ProxyAnswer.NO_SUCH_COMMAND);
            } else {
                target = request.uri();
            }
        } else if (message instanceof HttpContent) {
            ReferenceCountUtil.release(message);
            if (message instanceof LastHttpContent && state == State.ASKING && target != null) {
                connectToAuthority(ctx);
            }
        } else if (state == State.ANSWERED) {
            ReferenceCountUtil.release(message);
        } else {
            // Said before it was answered: the relay behind keeps it.
            ctx.fireChannelRead(message);
        }
    }

    private void greet(ChannelHandlerContext ctx, Socks5InitialRequest request) {
        boolean isOpen =
                request.decoderResult().isSuccess() && request.authMethods().contains(Socks5AuthMethod.NO_AUTH);
        ChannelFuture answered = ctx.writeAndFlush(
                new DefaultSocks5InitialResponse(isOpen ? Socks5AuthMethod.NO_AUTH : Socks5AuthMethod.UNACCEPTED));
        if (isOpen) {
            String decoder =
                    ctx.pipeline().context(Socks5InitialRequestDecoder.class).name();
            ctx.pipeline().addAfter(decoder, null, new Socks5CommandRequestDecoder());
        } else {
            state = State.ANSWERED;
            answered.addListener(done -> ctx.close());
        }
    }

    private void connectToAuthority(ChannelHandlerContext ctx) {
        int colon = target.lastIndexOf(':');
        String port = target.substring(colon + 1);
        if (colon <= 0 || !port.matches("\\d{1,5}")) {
            refuse(ctx, ProxyAnswer.BAD_REQUEST);
            return;
        }
        String host = target.substring(0, colon);
        boolean isBracketed = host.startsWith("[") && host.endsWith("]");
        connect(ctx, isBracketed ? host.substring(1, host.length() - 1) : host, Integer.parseInt(port));
    }

    private void connect(ChannelHandlerContext ctx, String host, int port) {
        if (host.isEmpty() || port < 1 || port > 65_535) {
            refuse(ctx, ProxyAnswer.BAD_REQUEST);
            return;
        }
        state = State.CONNECTING;
        target = host + ":" + port;
        ctx.pipeline().addAfter(ctx.name(), null, relay);
        lookups.resolve(host, port, ctx.executor(), (answer, addresses) -> {
            if (answer == ProxyAnswer.CONNECTED) {
                dial(ctx, new ArrayDeque<>(addresses));
            } else {
                refuse(ctx, answer);
            }
        });
    }

    /** One after the other: of a host with two families one may not be reachable from here. */
    private void dial(ChannelHandlerContext ctx, Queue<InetSocketAddress> addresses) {
        if (!ctx.channel().isActive()) {
            refuse(ctx, ProxyAnswer.UNREACHABLE);
            return;
        }
        dialer.apply(ctx.channel(), addresses.remove()).addListener((ChannelFuture connecting) -> {
            if (connecting.isSuccess()) {
                join(ctx, connecting.channel());
            } else if (!addresses.isEmpty()) {
                dial(ctx, addresses);
            } else {
                LOGGER.info("egress: {}", Reasons.of(connecting.cause()));
                boolean isRefusal = connecting.cause() instanceof ConnectException
                        && !(connecting.cause() instanceof ConnectTimeoutException);
                refuse(ctx, isRefusal ? ProxyAnswer.REFUSED : ProxyAnswer.UNREACHABLE);
            }
        });
    }

    private void join(ChannelHandlerContext ctx, Channel other) {
        state = State.ANSWERED;
        ctx.writeAndFlush(protocol.answer(ProxyAnswer.CONNECTED));
        for (Class<? extends ChannelHandler> codec : List.of(
                Socks4ServerDecoder.class,
                Socks4ServerEncoder.class,
                Socks5InitialRequestDecoder.class,
                Socks5CommandRequestDecoder.class,
                Socks5ServerEncoder.class,
                HttpServerCodec.class)) {
            if (ctx.pipeline().get(codec) != null) {
                ctx.pipeline().remove(codec);
            }
        }
        ctx.pipeline().remove(this);
        RelayHandler.join(relay, other.pipeline().get(RelayHandler.class));
    }

    private void refuse(ChannelHandlerContext ctx, ProxyAnswer answer) {
        LOGGER.info("egress: {}: {}", target == null ? "a request" : PeerText.escape(target), answer);
        state = State.ANSWERED;
        relay.discard();
        ctx.writeAndFlush(protocol.answer(answer)).addListener(done -> ctx.close());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (state == State.ASKING) {
            ctx.read();
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && state == State.ASKING) {
            ctx.close();
        }
        ctx.fireUserEventTriggered(event);
    }
}
