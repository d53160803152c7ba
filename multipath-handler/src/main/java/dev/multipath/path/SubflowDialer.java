package dev.multipath.path;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.Preface;
import dev.multipath.codec.ResetFrame;
import dev.multipath.codec.UnexpectedCidException;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.SessionResetException;
import dev.multipath.session.UnexpectedFrameException;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One attempt to establish a subflow on one path: connects, greets when it is told to, waits until the answer says enough.
 * That is one frame from a peer of the base profile, since the Go server answers any preface; from one of the extended
 * profile the HELLO with the session's key, or its word on our request to join. Everything happens on the session's event
 * loop. Tells its listener exactly one of established or failed, unless cancelled before.
 */
final class SubflowDialer extends ChannelInboundHandlerAdapter {

    /** {@code 00 02}, the HELLO or challenge, and some pings: a peer that sends more before it answers is not heard out. */
    private static final int MAX_RECEIVED = 8;

    private enum State {
        CONNECTING,
        CONNECTED,
        GREETED,
        DONE
    }

    /** What becomes of the attempt. */
    interface Listener {
        /** The channel is connected and ready: {@link #greet} is to be called when the time has come. */
        void onConnected(SubflowDialer dialer);

        /** The peer has answered: a handler for its frames is to be added to the channel's pipeline now. */
        void onEstablished(SubflowDialer dialer, ConnectionId connectionId, EstablishedSubflow subflow);

        /** The attempt failed; its channel is closed. */
        void onFailed(SubflowDialer dialer, Throwable cause);
    }

    private final Path path;
    private final Listener listener;
    private State state = State.CONNECTING;
    private Channel channel;
    private Future<?> timeout;
    private ConnectionId greetedWith;
    private ConnectionId connectionId;
    private JoinOffer offer;
    private long greetedAtNanos;
    private long rttNanos;

    /** What came behind the preface. */
    private final List<Frame> received = new ArrayList<>();

    SubflowDialer(Path path, Listener listener) {
        this.path = path;
        this.listener = listener;
    }

    Path path() {
        return path;
    }

    void dial(
            EventLoop eventLoop, SubflowTransport transport, Map<ChannelOption<?>, Object> options, int timeoutMillis) {
        Bootstrap bootstrap = new Bootstrap()
                .group(eventLoop)
                .channelFactory(() -> transport.newChannel(eventLoop, path.remote()))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) throws Exception {
                        initialize(transport, ch);
                        ch.pipeline()
                                .addLast(new MultipathFrameEncoder(), new MultipathFrameDecoder(), SubflowDialer.this);
                    }
                });
        options.forEach((option, value) -> setOption(bootstrap, option, value));
        // One limit for the whole attempt; the connect timer only makes the cause of its first part exact.
        bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis);
        ChannelFuture connecting = path.local() == null
                ? bootstrap.connect(path.remote())
                : bootstrap.connect(path.remote(), path.local());
        channel = connecting.channel();
        if (timeoutMillis > 0 && state != State.DONE) {
            timeout = eventLoop.schedule(
                    () -> fail(new ConnectTimeoutException(
                            "no answer from " + path.remote() + " within " + timeoutMillis + " ms")),
                    timeoutMillis,
                    TimeUnit.MILLISECONDS);
        }
        // A channel that could not be made has no event loop, and its failure is told on another thread.
        connecting.addListener(f -> inLoop(eventLoop, () -> onConnectDone(eventLoop, transport, f.cause())));
    }

    private static void inLoop(EventLoop eventLoop, Runnable task) {
        if (eventLoop.inEventLoop()) {
            task.run();
        } else {
            eventLoop.execute(task);
        }
    }

    private void initialize(SubflowTransport transport, Channel ch) throws Exception {
        try {
            transport.initialize(ch);
        } catch (Exception e) {
            // Netty would only log it, and close the channel for no reason to be seen.
            fail(e);
            throw e;
        }
    }

    @SuppressWarnings("unchecked")
    private static void setOption(Bootstrap bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.option((ChannelOption<Object>) option, value);
    }

    private void onConnectDone(EventLoop eventLoop, SubflowTransport transport, Throwable cause) {
        if (cause != null) {
            fail(cause);
        } else if (state != State.DONE) {
            transport.whenReady(channel).addListener(f -> inLoop(eventLoop, () -> onReady(f.cause())));
        }
    }

    private void onReady(Throwable cause) {
        if (cause != null) {
            fail(cause);
        } else if (state != State.DONE) {
            state = State.CONNECTED;
            listener.onConnected(this);
        }
    }

    /**
     * Sends the preface: zero asks for a new session, anything else to join that one.
     *
     * @param newOffer what follows it
     */
    void greet(ConnectionId connectionId, JoinOffer newOffer) {
        state = State.GREETED;
        greetedWith = connectionId;
        offer = newOffer;
        greetedAtNanos = System.nanoTime();
        channel.write(new Preface(connectionId)).addListener(f -> {
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

    void cancel() {
        if (state != State.DONE) {
            finish();
            // A channel that could not even be made or registered is closed, and cannot be asked to close again.
            if (channel != null && channel.isRegistered()) {
                channel.close();
            }
        }
    }

    private void fail(Throwable cause) {
        if (state != State.DONE) {
            cancel();
            received.forEach(ReferenceCountUtil::release);
            received.clear();
            listener.onFailed(this, cause);
        }
    }

    private void finish() {
        state = State.DONE;
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (state == State.GREETED && msg instanceof Preface preface) {
            onPreface(ctx, preface);
        } else if (state == State.GREETED && msg instanceof Frame frame) {
            onFrame(ctx, frame);
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    private void onPreface(ChannelHandlerContext ctx, Preface preface) {
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
        boolean extended = !offer.frames().isEmpty() && ControlFrame.EXTENDED.equals(received.get(0));
        if (!extended) {
            establish(ctx);
        } else if (frame instanceof ControlFrame) {
            if (received.size() == MAX_RECEIVED) {
                fail(new UnexpectedFrameException(MAX_RECEIVED + " frames without an answer"));
            }
        } else if (!greetedWith.isZero() || (frame instanceof HelloFrame hello && hello.sessionKey() != null)) {
            // What answers a join is the session's to judge.
            establish(ctx);
        } else if (frame instanceof ResetFrame reset) {
            fail(SessionResetException.by(reset));
        } else {
            fail(new UnexpectedFrameException(frame + " instead of a HELLO with the session's key"));
        }
    }

    private void establish(ChannelHandlerContext ctx) {
        finish();
        List<Frame> frames = List.copyOf(received);
        received.clear();
        listener.onEstablished(
                this, connectionId, new EstablishedSubflow(path, channel, Math.max(0, rttNanos), offer, frames));
        ctx.pipeline().remove(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(new ClosedChannelException());
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(cause);
    }
}
