package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.Preface;
import dev.multipath.codec.ResetFrame;
import dev.multipath.path.OwnerLoop;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.LateSubflow;
import dev.multipath.session.SubflowViolationException;
import dev.multipath.transport.OrderlyClose;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Waits on an accepted connection for its preface, then hands it to its session, new or existing. If there is none of that
 * name, a client of the extended profile is told so. Nobody waits for a slow or silent client but this handler, and it for
 * a limited time. Runs on the connection's loop.
 */
final class ServerHandshakeHandler extends ChannelInboundHandlerAdapter {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ServerHandshakeHandler.class);

    private enum State {
        /** No preface yet. */
        WAITING,
        /** Names a session that is not there; the first frame tells whether the client would understand that. */
        UNKNOWN,
        /** Names a session that is over, and is told so once it has proved itself. */
        LATE,
        /** On its way to its session; what is read meanwhile is kept (one read at the most: reading is off). */
        HANDED_OVER,
        DONE
    }

    private final SessionHost server;
    private final ArrayDeque<Object> early = new ArrayDeque<>();
    private State state = State.WAITING;
    private ChannelHandlerContext context;
    private ScheduledFuture<?> timeout;
    private ConnectionId connectionId;
    private LateSubflow late;

    ServerHandshakeHandler(SessionHost server) {
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
                            LOGGER.debug("{} closed: not let into a session in time", ctx.channel());
                            ctx.close();
                        },
                        server.options()
                                .get(MultipathChannelOption.HANDSHAKE_TIMEOUT)
                                .toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        switch (state) {
            case WAITING -> onPreface(ctx, (Preface) msg);
            case UNKNOWN -> answerUnknown(ctx, msg);
            case LATE -> answerLate(ctx, (Frame) msg);
            case HANDED_OVER -> early.add(msg);
            case DONE -> ReferenceCountUtil.release(msg);
        }
    }

    private void onPreface(ChannelHandlerContext ctx, Preface preface) {
        connectionId = preface.connectionId();
        boolean first = connectionId.isZero();
        MultipathChannel session = first
                ? server.openSession(AcceptedSubflows.path(ctx.channel()))
                : server.sessions().find(connectionId);
        if (session == null && !first) {
            FinishedSession finished = server.sessions().finished().find(connectionId, SessionDriver.nowNanos());
            if (finished == null) {
                state = State.UNKNOWN;
            } else {
                state = State.LATE;
                late = finished.join(null);
                ctx.write(new Preface(connectionId), ctx.voidPromise());
                send(ctx, late.greeting());
            }
            return;
        }
        ctx.channel().config().setAutoRead(false);
        state = State.HANDED_OVER;
        server.sessions().endHandshake(ctx.channel());
        if (session == null || !session.accepted().offer(this)) {
            LOGGER.debug("{} refused: no place for session {}", ctx.channel(), connectionId);
            end();
            ctx.close();
        } else if (first) {
            server.startSession(session, ctx.channel());
        }
    }

    private void answerLate(ChannelHandlerContext ctx, Frame frame) {
        try {
            send(ctx, late.onFrame(frame));
        } catch (SubflowViolationException e) {
            LOGGER.debug("{} closed: it comes late to session {}", ctx.channel(), connectionId, e);
            ctx.close();
        }
        if (late.isAnswered()) {
            end();
            OrderlyClose.close(ctx.channel());
        }
    }

    private static void send(ChannelHandlerContext ctx, List<Frame> frames) {
        frames.forEach(frame -> ctx.write(frame, ctx.voidPromise()));
        ctx.flush();
    }

    private void answerUnknown(ChannelHandlerContext ctx, Object firstFrame) {
        end();
        if (ControlFrame.EXTENDED.equals(firstFrame)) {
            ctx.write(new Preface(connectionId), ctx.voidPromise());
            ctx.write(ControlFrame.EXTENDED, ctx.voidPromise());
            ctx.write(new ResetFrame(ResetFrame.UNKNOWN_SESSION, ""), ctx.voidPromise());
            OrderlyClose.close(ctx.channel());
        } else {
            LOGGER.debug("{} refused: there is no session {}", ctx.channel(), connectionId);
            ReferenceCountUtil.release(firstFrame);
            ctx.close();
        }
    }

    /** The session has taken the connection, and its frames go there as soon as it reads them. Called on the session's loop. */
    void establish(SubflowLink link) {
        OwnerLoop.run(context.executor(), () -> replaceBy(link), ended -> link.driver()
                .onLost(link, ended));
    }

    private void replaceBy(SubflowLink link) {
        end();
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
        // Only now, as a read may be at once: what came early comes first.
        link.inSessionLoop(link::resumeReading);
    }

    private void end() {
        if (state != State.DONE) {
            state = State.DONE;
            timeout.cancel(false);
            server.sessions().endHandshake(context.channel());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        discard();
        ctx.fireChannelInactive();
    }

    /** The connection is lost. */
    void discard() {
        end();
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("{} closed in its handshake", ctx.channel(), cause);
        ctx.close();
    }
}
