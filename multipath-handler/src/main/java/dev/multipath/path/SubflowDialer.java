package dev.multipath.path;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.Preface;
import dev.multipath.codec.UnexpectedCidException;
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
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One attempt to establish a subflow on one path: connects, greets when it is told to, waits for the answer. Everything
 * happens on the session's event loop. Tells its listener exactly one of established or failed, unless cancelled before.
 */
final class SubflowDialer extends ChannelInboundHandlerAdapter {

    private enum State {
        CONNECTING,
        CONNECTED,
        GREETED,
        DONE
    }

    /** What becomes of the attempt. */
    interface Listener {
        /** The channel is connected: {@link #greet} is to be called when the time has come. */
        void onConnected(SubflowDialer dialer);

        /** The peer has accepted the subflow: a handler for its frames is to be added to the channel's pipeline now. */
        void onEstablished(SubflowDialer dialer, Channel channel, ConnectionId connectionId, long rttNanos);

        /** The attempt failed; its channel is closed. */
        void onFailed(SubflowDialer dialer, Throwable cause);
    }

    private final Path path;
    private final Listener listener;
    private State state = State.CONNECTING;
    private Channel channel;
    private Future<?> timeout;
    private ConnectionId greetedWith;
    private long greetedAtNanos;
    private long rttNanos;

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
        connecting.addListener(f -> {
            // A channel that could not be made has no event loop, and its failure is told on another thread.
            if (eventLoop.inEventLoop()) {
                onConnectDone(f.cause());
            } else {
                eventLoop.execute(() -> onConnectDone(f.cause()));
            }
        });
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

    private void onConnectDone(Throwable cause) {
        if (state == State.DONE) {
            return;
        }
        if (cause != null) {
            fail(cause);
        } else {
            state = State.CONNECTED;
            listener.onConnected(this);
        }
    }

    /** Sends the preface: zero asks for a new session, anything else to join that one. */
    void greet(ConnectionId connectionId) {
        state = State.GREETED;
        greetedWith = connectionId;
        greetedAtNanos = System.nanoTime();
        channel.writeAndFlush(new Preface(connectionId)).addListener(f -> {
            if (!f.isSuccess()) {
                fail(f.cause());
            }
        });
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
        } else if (state == State.GREETED && rttNanos > 0) {
            // The Go server echoes any connection ID; only a frame shows that it knows the session.
            establish(ctx);
            ctx.fireChannelRead(msg);
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
        rttNanos = Math.max(1, System.nanoTime() - greetedAtNanos);
        if (greetedWith.isZero()) {
            greetedWith = answered;
            establish(ctx);
        }
    }

    private void establish(ChannelHandlerContext ctx) {
        finish();
        listener.onEstablished(this, channel, greetedWith, rttNanos);
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
