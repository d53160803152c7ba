package dev.multipath.channel;

import dev.multipath.admission.Place;
import dev.multipath.admission.Shortage;
import dev.multipath.admission.Standing;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.Preface;
import dev.multipath.codec.ResetFrame;
import dev.multipath.path.OwnerLoop;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.LateSubflow;
import dev.multipath.session.SubflowViolationException;
import dev.multipath.transport.Exhaustion;
import dev.multipath.transport.SparseLog;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Waits on an accepted connection for its preface, then hands it to its session, new or existing. If there is none of that
 * name, or no place for a new one, a client of the extended profile is told so. Nobody waits for a slow or silent client but
 * this handler, and it for a limited time. Holds the connection's place among the server's handshakes, until a session has
 * its own or the connection has proved that it belongs to one. Runs on the connection's loop.
 *
 * <p>It keeps the place also while the connection waits in a session: else each session whose name somebody knows
 * would have places of its own to fill.
 */
final class ServerHandshakeHandler extends ChannelInboundHandlerAdapter implements Arrival {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ServerHandshakeHandler.class);

    /** Strangers can be refused at any rate. */
    private static final SparseLog REFUSALS = new SparseLog(LOGGER, InternalLogLevel.INFO, TimeUnit.SECONDS.toNanos(1));

    private enum State {
        /** No preface yet. */
        WAITING,
        /** There is no session for it; the first frame tells whether the client would understand that. */
        REFUSING,
        /** Names a session that is over, and is told so once it has proved itself. */
        LATE,
        /** On its way to its session; what is read meanwhile is kept (one read at the most: reading is off). */
        HANDED_OVER,
        DONE
    }

    private final SessionHost server;
    private final ArrayDeque<Object> early = new ArrayDeque<>();

    /** Wherever the connection is then. */
    private final ChannelFutureListener onClosed = f -> endHandshake();

    private State state = State.WAITING;
    private ChannelHandlerContext context;
    private SubflowConnection connection;
    private EventLoop acceptingLoop;
    private Place place;
    private Standing standing = Standing.CONNECTED;
    private ScheduledFuture<?> timeout;
    private ConnectionId connectionId;
    private LateSubflow late;
    private ResetFrame refusal;

    /** Whose it is from then on; set on the accepting loop. */
    private volatile AcceptedSession session;

    /** It has lost its place on the way to its session, on whose loop this is. */
    private boolean dropped;

    ServerHandshakeHandler(SessionHost server) {
        this.server = server;
    }

    @Override
    public Channel channel() {
        return context.channel();
    }

    @Override
    public SubflowConnection connection() {
        return connection;
    }

    @Override
    public Place place() {
        return place;
    }

    @Override
    public boolean isFirst() {
        return connectionId.isZero();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        connection = new SubflowConnection(ctx.channel(), server.transport());
        acceptingLoop = ctx.channel().eventLoop();
        Admission admission = server.sessions().admission();
        place = new Place(admission.sourceOf(connection.addresses().remote()), this::onEvicted);
        Set<Shortage> held = Admission.heldBy(List.of(connection));
        admission.handshakes().hold(place, held);
        boolean hasMemory = !held.contains(Shortage.MEMORY) || admission.hasRoomAtRest();
        Shortage shortage = hasMemory ? server.sessions().beginHandshake(this) : Shortage.MEMORY;
        if (shortage != null) {
            LOGGER.debug("{} refused: {}", ctx.channel(), shortage.reason());
            state = State.DONE;
            ctx.close();
            return;
        }
        ctx.channel().closeFuture().addListener(onClosed);
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
            case REFUSING -> answer(ctx, msg);
            case LATE -> answerLate(ctx, (Frame) msg);
            case HANDED_OVER -> early.add(msg);
            case DONE -> ReferenceCountUtil.release(msg);
        }
    }

    /** Something was read, if only a part of a preface. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        advance(Standing.SPEAKING);
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent tls && tls.isSuccess()) {
            advance(Standing.SECURED);
        } else if (event == MultipathFrameDecoder.DATA_HELD && state == State.REFUSING) {
            answer(ctx, event);
        } else if (event == MultipathFrameDecoder.DATA_HELD && state == State.HANDED_OVER) {
            early.add(event);
        }
        ctx.fireUserEventTriggered(event);
    }

    private void advance(Standing reached) {
        if (state != State.DONE && reached.compareTo(standing) > 0) {
            standing = reached;
            server.sessions().admission().advance(place, reached);
        }
    }

    private void onPreface(ChannelHandlerContext ctx, Preface preface) {
        connectionId = preface.connectionId();
        if (isFirst()) {
            SessionRegistry.Opening opening = server.openSession(connection);
            if (opening.session() == null) {
                refuse(
                        SessionNames.NO_SESSION,
                        ResetFrame.GOING_AWAY,
                        opening.shortage().reason());
            } else if (handOver(ctx, opening.session())) {
                endHandshake();
                server.startSession(opening.session(), ctx.channel());
            }
            return;
        }
        AcceptedSession named = server.sessions().find(connectionId);
        FinishedSession finished =
                named != null ? null : server.sessions().finished().find(connectionId, SessionClock.nowNanos());
        if (finished != null) {
            state = State.LATE;
            late = finished.join(null);
            ctx.write(new Preface(connectionId), ctx.voidPromise());
            send(ctx, late.greeting());
        } else if (named == null) {
            refuseUnknown();
        } else {
            advance(Standing.JOINING);
            handOver(ctx, named);
        }
    }

    private boolean handOver(ChannelHandlerContext ctx, AcceptedSession owner) {
        ctx.channel().config().setAutoRead(false);
        state = State.HANDED_OVER;
        session = owner;
        if (owner.offer(this)) {
            return true;
        }
        LOGGER.debug("{} refused: session {} is closed", ctx.channel(), connectionId);
        end();
        ctx.close();
        return false;
    }

    // ---- a session that is over

    private void answerLate(ChannelHandlerContext ctx, Frame frame) {
        try {
            send(ctx, late.onFrame(frame));
        } catch (SubflowViolationException e) {
            LOGGER.debug("{} closed: it comes late to session {}", ctx.channel(), connectionId, e);
            ctx.close();
        }
        if (late.isAnswered()) {
            end();
            connection.end();
        }
    }

    private static void send(ChannelHandlerContext ctx, List<Frame> frames) {
        frames.forEach(frame -> ctx.write(frame, ctx.voidPromise()));
        ctx.flush();
    }

    // ---- refusing

    private void refuseUnknown() {
        String elsewhere = server.options()
                .get(MultipathChannelOption.CONNECTION_ID_GENERATOR)
                .wrongServer(connectionId);
        if (elsewhere == null) {
            refuse(connectionId, ResetFrame.UNKNOWN_SESSION, "");
        } else {
            server.sessions().admission().onMisrouted();
            refuse(connectionId, ResetFrame.WRONG_SERVER, elsewhere);
        }
    }

    private void refuse(ConnectionId answered, long code, String reason) {
        state = State.REFUSING;
        connectionId = answered;
        refusal = new ResetFrame(code, reason);
        REFUSALS.log(context.channel() + " refused: " + said(refusal, answered));
    }

    private static String said(ResetFrame refusal, ConnectionId answered) {
        if (refusal.code() == ResetFrame.UNKNOWN_SESSION) {
            return "there is no session " + answered;
        } else if (refusal.code() == ResetFrame.WRONG_SERVER) {
            return "session " + answered + " is another server's; " + refusal.reason();
        }
        return refusal.reason();
    }

    private void answer(ChannelHandlerContext ctx, Object firstFrame) {
        if (ControlFrame.EXTENDED.equals(firstFrame)) {
            end();
            sayRefusal();
        } else {
            LOGGER.debug("{} refused: {}", ctx.channel(), refusal);
            ReferenceCountUtil.release(firstFrame);
            end();
            ctx.close();
        }
    }

    private void sayRefusal() {
        context.write(new Preface(connectionId), context.voidPromise());
        context.write(ControlFrame.EXTENDED, context.voidPromise());
        context.write(refusal, context.voidPromise());
        connection.end();
    }

    @Override
    public void turnAway(String reason) {
        OwnerLoop.run(context.executor(), () -> {
            refuse(connectionId, ResetFrame.TOO_MANY_SUBFLOWS, reason);
            discard();
            sayRefusal();
        });
    }

    // ---- losing its place

    /** On any thread. Its session decides if it is on its way there. */
    private void onEvicted(Shortage why) {
        OwnerLoop.run(acceptingLoop, () -> {
            Admission admission = server.sessions().admission();
            if (session == null) {
                admission.onHandshakeEvicted(why);
                // At once: what it holds is wanted.
                connection.reset(ResetFrame.GOING_AWAY);
            } else {
                admission.onJoinEvicted(why);
                session.drop(this);
            }
        });
    }

    @Override
    public void drop() {
        dropped = true;
    }

    @Override
    public boolean isDropped() {
        return dropped;
    }

    @Override
    public void cancel() {
        OwnerLoop.run(acceptingLoop, () -> {
            if (session == null) {
                context.close();
            }
        });
    }

    // ---- going on

    @Override
    public void establish(SubflowLink link) {
        OwnerLoop.run(
                context.executor(), () -> replaceBy(link), ended -> link.owner().onLost(link, ended));
    }

    private void replaceBy(SubflowLink link) {
        context.pipeline().addLast(new SubflowHandler(link));
        Object message;
        boolean any = !early.isEmpty();
        while ((message = early.poll()) != null) {
            if (message == MultipathFrameDecoder.DATA_HELD) {
                context.fireUserEventTriggered(message);
            } else {
                context.fireChannelRead(message);
            }
        }
        // Not before: what the decoder has held comes while these are passed on, and is the last of them.
        end();
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

    private void endHandshake() {
        server.sessions().endHandshake(this);
    }

    @Override
    public void onEnded() {
        // A subflow may live for long.
        context.channel().closeFuture().removeListener(onClosed);
    }

    private void end() {
        if (state != State.DONE) {
            state = State.DONE;
            timeout.cancel(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        discard();
        ctx.fireChannelInactive();
    }

    @Override
    public void discard() {
        end();
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("{} closed in its handshake", ctx.channel(), cause);
        Exhaustion.report(ctx.channel(), cause);
        server.options().get(MultipathChannelOption.MEMORY_BUDGET).onFailure(cause, SessionClock.nowNanos());
        ctx.close();
    }
}
