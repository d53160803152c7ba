package dev.multipath.path;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Frame;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.Preface;
import dev.multipath.codec.ResetFrame;
import dev.multipath.codec.UnexpectedCidException;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathException;
import dev.multipath.session.UnexpectedFrameException;
import dev.multipath.transport.SubflowConnection;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One attempt to establish a subflow on one path: connects, greets when it is told to, waits until the answer says enough.
 * That is one frame from a peer of the base profile, since the Go server answers any preface; from one of the extended
 * profile the HELLO with the session's key, or its word on our request to join. Its methods and its listener are called on
 * the session's event loop; it works on the subflow's, which may be another one. Tells its listener exactly one of
 * established or failed; but not once it is cancelled, unless that is under way from another loop just then.
 *
 * <p>It greets when the transport says that the channel is ready, for TLS after the handshake: the race for the
 * session and the samples of round trips begin there. TLS 1.3 lets a client finish before the server has looked at
 * its certificate, so the alert may come as the answer to the preface; it is reported as the cause.
 */
final class SubflowDialer extends ChannelInboundHandlerAdapter {

    /** How long an attempt that was cancelled waits for an answer: longer than one that is on its way takes, as a rule. */
    private static final long WITHDRAWAL_MILLIS = 2000;

    private enum State {
        CONNECTING,
        CONNECTED,
        GREETED,
        /** Cancelled, but has asked for a session: waits for the answer, to say that it is not needed. */
        WITHDRAWN,
        /** The peer has answered, and what it sends next waits for the session's handler. */
        ESTABLISHED,
        DONE
    }

    /** What becomes of the attempt. */
    interface Listener {
        /** The channel is connected and ready, after so long: {@link #greet} is to be called when the time has come. */
        void onConnected(SubflowDialer dialer, long connectNanos);

        /** The peer has answered: a handler for its frames is to be added to the channel's pipeline now. */
        void onEstablished(SubflowDialer dialer, ConnectionId connectionId, EstablishedSubflow subflow);

        /** The attempt failed; its channel is closed. */
        void onFailed(SubflowDialer dialer, Throwable cause);
    }

    private final Path path;
    private final Listener listener;

    // from the session's loop
    private EventLoop sessionLoop;
    private EventLoop subflowLoop;
    private ConnectionId greetedWith;
    private JoinOffer offer;
    private boolean cancelled;

    // on the subflow's loop
    private State state = State.CONNECTING;
    private Future<Channel> dialling;
    private Future<?> timeout;

    /** Once it is ready. */
    private SubflowConnection connection;

    private ConnectionId connectionId;
    private long dialledAtNanos;
    private long greetedAtNanos;
    private long rttNanos;

    /** What came behind the preface. */
    private final List<Frame> received = new ArrayList<>();

    /** What came behind that, before there was a handler for it. */
    private final ArrayDeque<Object> early = new ArrayDeque<>();

    private Throwable lateFailure;

    SubflowDialer(Path path, Listener listener) {
        this.path = path;
        this.listener = listener;
    }

    Path path() {
        return path;
    }

    void dial(
            EventLoop eventLoop, SubflowTransport transport, Map<ChannelOption<?>, Object> options, int timeoutMillis) {
        sessionLoop = eventLoop;
        try {
            subflowLoop = transport.eventLoop(eventLoop, path.remote());
        } catch (RuntimeException e) {
            listener.onFailed(this, e);
            return;
        }
        if (cancelled) {
            return;
        }
        OwnerLoop.run(
                subflowLoop, () -> connect(transport, options, timeoutMillis), ended -> listener.onFailed(this, ended));
    }

    private void connect(SubflowTransport transport, Map<ChannelOption<?>, Object> options, int timeoutMillis) {
        if (state == State.DONE) {
            return;
        }
        dialledAtNanos = System.nanoTime();
        // One limit for the whole attempt; the connect timer only makes the cause of its first part exact.
        Map<ChannelOption<?>, Object> withTimeout = new HashMap<>(options);
        withTimeout.put(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis);
        SubflowSetup setup = new SubflowSetup(withTimeout, subflow -> subflow.pipeline()
                .addLast(new MultipathFrameEncoder(), new MultipathFrameDecoder().holdData(), this));
        try {
            dialling = transport.dial(subflowLoop, path.remote(), path.local(), setup);
        } catch (RuntimeException e) {
            // The transport is an application's, perhaps.
            fail(e);
            return;
        }
        if (state == State.DONE) {
            // Given up meanwhile, by whom the transport has called.
            dialling.cancel(false);
        } else if (timeoutMillis > 0) {
            timeout = subflowLoop.schedule(
                    () -> fail(new ConnectTimeoutException(
                            "no answer from " + path.remote() + " within " + timeoutMillis + " ms")),
                    timeoutMillis,
                    TimeUnit.MILLISECONDS);
        }
        dialling.addListener(f -> OwnerLoop.run(subflowLoop, () -> onDialled(transport)));
    }

    private void onDialled(SubflowTransport transport) {
        if (!dialling.isSuccess()) {
            fail(dialling.cause());
        } else if (state == State.DONE) {
            // It was too late to cancel it.
            dialling.getNow().close();
        } else {
            connection = new SubflowConnection(dialling.getNow(), transport);
            state = State.CONNECTED;
            long connectNanos = System.nanoTime() - dialledAtNanos;
            OwnerLoop.run(sessionLoop, () -> listener.onConnected(this, connectNanos));
        }
    }

    /**
     * Sends the preface: zero asks for a new session, anything else to join that one.
     *
     * @param newOffer what follows it
     */
    void greet(ConnectionId connectionId, JoinOffer newOffer) {
        greetedWith = connectionId;
        offer = newOffer;
        OwnerLoop.run(subflowLoop, this::greet);
    }

    private void greet() {
        if (state != State.CONNECTED) {
            return;
        }
        state = State.GREETED;
        greetedAtNanos = System.nanoTime();
        if (offer.hasEarlyData() || (!greetedWith.isZero() && offer.frames().isEmpty())) {
            // To a server of the base profile it is a subflow from now on.
            connection.resetOnClose();
        }
        Channel channel = connection.channel();
        channel.write(new Preface(greetedWith)).addListener(f -> {
            if (!f.isSuccess()) {
                fail(f.cause());
            }
        });
        offer.frames().forEach(frame -> channel.write(frame, channel.voidPromise()));
        channel.flush();
    }

    /** Whether it asked for a session of its own. */
    boolean hasAskedForSession() {
        return greetedWith != null && greetedWith.isZero();
    }

    /**
     * Gives the attempt up. If it has asked for a session, and is answered soon, it withdraws from that.
     *
     * @param cut whether the session that it was to join is left unfinished
     */
    void cancel(boolean cut) {
        cancelled = true;
        if (subflowLoop == null) {
            // By the transport, which was just asked where the subflow is to live.
            return;
        }
        boolean asked = hasAskedForSession();
        OwnerLoop.run(subflowLoop, () -> {
            if (asked && state == State.GREETED) {
                finish(State.WITHDRAWN);
                timeout = subflowLoop.schedule(() -> abandon(false), WITHDRAWAL_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                abandon(cut);
            }
        });
    }

    private void abandon(boolean cut) {
        if (!isFinished()) {
            boolean greeted = state == State.GREETED || state == State.WITHDRAWN;
            finish(State.DONE);
            received.forEach(ReferenceCountUtil::release);
            received.clear();
            if (connection == null) {
                if (dialling != null) {
                    dialling.cancel(false);
                }
            } else if (cut || (greeted && offer.hasEarlyData())) {
                connection.reset(ResetFrame.GOING_AWAY);
            } else if (greeted) {
                connection.end();
            } else {
                connection.channel().close();
            }
        }
    }

    private void fail(Throwable cause) {
        if (!isFinished()) {
            abandon(false);
            OwnerLoop.run(sessionLoop, () -> listener.onFailed(this, cause));
        }
    }

    private boolean isFinished() {
        return state == State.ESTABLISHED || state == State.DONE;
    }

    private void finish(State end) {
        state = end;
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        boolean waits = state == State.GREETED || state == State.WITHDRAWN;
        if (waits && msg instanceof Preface preface) {
            onPreface(preface);
        } else if (waits && msg instanceof Frame frame) {
            onFrame(ctx, frame);
        } else if (state == State.ESTABLISHED) {
            early.add(msg);
        } else if (state == State.DONE) {
            ReferenceCountUtil.release(msg);
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    /** The first data frame has begun, and is held. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        boolean waits = state == State.GREETED || state == State.WITHDRAWN;
        if (event != MultipathFrameDecoder.DATA_HELD) {
            ctx.fireUserEventTriggered(event);
        } else if (waits && received.isEmpty()) {
            early.add(event);
            establish(ctx);
        } else if (waits) {
            fail(new UnexpectedFrameException("data before the handshake"));
        } else if (state == State.ESTABLISHED) {
            early.add(event);
        }
    }

    private void onPreface(Preface preface) {
        ConnectionId answered = preface.connectionId();
        if (greetedWith.isZero() ? answered.isZero() : !answered.equals(greetedWith)) {
            fail(new UnexpectedCidException(greetedWith, answered));
            return;
        }
        rttNanos = System.nanoTime() - greetedAtNanos;
        connectionId = answered;
    }

    private void onFrame(ChannelHandlerContext ctx, Frame frame) {
        received.add(frame);
        try {
            if (offer.isAnsweredBy(received)) {
                establish(ctx);
            }
        } catch (MultipathException e) {
            fail(e);
        }
    }

    private void establish(ChannelHandlerContext ctx) {
        boolean withdrawn = state == State.WITHDRAWN;
        finish(withdrawn ? State.DONE : State.ESTABLISHED);
        EstablishedSubflow subflow =
                new EstablishedSubflow(path, connection, Math.max(0, rttNanos), offer, List.copyOf(received));
        received.clear();
        if (withdrawn) {
            subflow.discard();
            return;
        }
        if (subflowLoop != sessionLoop) {
            // Until its session wants to read: nothing piles up here meanwhile.
            connection.channel().config().setAutoRead(false);
        }
        OwnerLoop.run(
                sessionLoop,
                () -> {
                    listener.onEstablished(this, connectionId, subflow);
                    OwnerLoop.run(subflowLoop, () -> leave(ctx));
                },
                cause -> subflow.discard());
    }

    /** A handler for the subflow's frames has been added behind this one. */
    private void leave(ChannelHandlerContext ctx) {
        boolean any = !early.isEmpty();
        Object message;
        while ((message = early.poll()) != null) {
            if (message == MultipathFrameDecoder.DATA_HELD) {
                ctx.fireUserEventTriggered(message);
            } else {
                ctx.fireChannelRead(message);
            }
        }
        state = State.DONE;
        if (any) {
            ctx.fireChannelReadComplete();
        }
        if (lateFailure != null) {
            ctx.fireExceptionCaught(lateFailure);
        }
        // It is gone already if the channel was closed meanwhile.
        if (!ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(new UnansweredException());
        early.forEach(ReferenceCountUtil::release);
        early.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (state == State.ESTABLISHED) {
            lateFailure = cause;
        } else {
            fail(cause);
        }
    }

    /** In words that help who has forgotten TLS at one end. */
    private static final class UnansweredException extends ClosedChannelException {

        @Override
        public String getMessage() {
            return "closed before it answered: is there a multipath server, with TLS as here?";
        }
    }
}
