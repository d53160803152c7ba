package dev.multipath.channel;

import dev.multipath.codec.Preface;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * Waits on an accepted connection for its preface, then hands it to its session, new or existing. Nobody waits for a slow
 * or silent client but this handler, and it for a limited time. Runs on the connection's loop.
 */
final class ServerHandshakeHandler extends ChannelInboundHandlerAdapter {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ServerHandshakeHandler.class);

    private enum State {
        /** No preface yet. */
        WAITING,
        /** On its way to its session; what is read meanwhile is kept (one read at the most: reading is off). */
        HANDED_OVER,
        DONE
    }

    private final MultipathServerChannel server;
    private final ArrayDeque<Object> early = new ArrayDeque<>();
    private State state = State.WAITING;
    private ChannelHandlerContext context;
    private ScheduledFuture<?> timeout;

    ServerHandshakeHandler(MultipathServerChannel server) {
        this.server = server;
    }

    Channel channel() {
        return context.channel();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        if (!server.sessions().tryBeginHandshake(ctx.channel())) {
            LOGGER.debug("{} refused: too many handshakes are pending", ctx.channel());
            state = State.DONE;
            ctx.close();
            return;
        }
        timeout = ctx.executor()
                .schedule(
                        () -> {
                            LOGGER.debug("{} closed: no preface in time", ctx.channel());
                            ctx.close();
                        },
                        server.handshakeTimeout().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        switch (state) {
            case WAITING -> onPreface(ctx, (Preface) msg);
            case HANDED_OVER -> early.add(msg);
            case DONE -> ReferenceCountUtil.release(msg);
        }
    }

    private void onPreface(ChannelHandlerContext ctx, Preface preface) {
        ctx.channel().config().setAutoRead(false);
        endHandshake(State.HANDED_OVER);
        MultipathChannel session = preface.connectionId().isZero()
                ? server.openSession(AcceptedSubflows.path(ctx.channel()))
                : server.sessions().find(preface.connectionId());
        if (session == null || !session.accepted().offer(this)) {
            LOGGER.debug("{} refused: {} for session {}", ctx.channel(), "no place", preface.connectionId());
            state = State.DONE;
            ctx.close();
        } else if (preface.connectionId().isZero()) {
            server.fireSession(session);
        }
    }

    /** The session has taken the connection: its frames go there from now on. Called on the session's loop. */
    void establish(SubflowLink link) {
        if (context.executor().inEventLoop()) {
            replaceBy(link);
        } else {
            context.executor().execute(() -> replaceBy(link));
        }
    }

    private void replaceBy(SubflowLink link) {
        state = State.DONE;
        context.pipeline().addLast(new SubflowHandler(link));
        Object message;
        boolean any = !early.isEmpty();
        while ((message = early.poll()) != null) {
            context.fireChannelRead(message);
        }
        if (any) {
            context.fireChannelReadComplete();
        }
        // It is gone already if the connection was closed on its way here.
        if (!context.isRemoved()) {
            context.pipeline().remove(this);
        }
        channel().config().setAutoRead(true);
    }

    private void endHandshake(State newState) {
        if (state == State.WAITING) {
            state = newState;
            timeout.cancel(false);
            server.sessions().endHandshake(context.channel());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        endHandshake(State.DONE);
        early.forEach(ReferenceCountUtil::release);
        early.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("{} closed in its handshake", ctx.channel(), cause);
        ctx.close();
    }
}
