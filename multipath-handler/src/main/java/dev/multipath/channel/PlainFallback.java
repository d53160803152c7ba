package dev.multipath.channel;

import dev.multipath.codec.MultipathProtocolException;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathFailedException;
import dev.multipath.session.MultipathException;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLException;

/**
 * Connects to servers of which some speak multipath and some do not: a session if the server answers as one that does, else a
 * plain connection, made by the same transport (TLS included), with the same handler and without any bytes of the protocol.
 * Nothing is lost or sent twice by that, since a channel takes no bytes before it is connected ({@link
 * MultipathChannelOption#EARLY_DATA} does not count here). Whoever uses this accepts that
 * anybody on the way can make it a plain connection. Thread-safe.
 *
 * <p>A server is taken for one without multipath when it closes or resets the connection on seeing the preface, answers
 * something else, or does not answer. One that refuses sessions, or whose certificate is wrong, is not, nor one that cannot be
 * reached.
 */
public final class PlainFallback {

    private final Bootstrap bootstrap;

    /** Of the bootstrap that was given; null if it has none. */
    private final Object connectTimeoutMillis;

    private final LongAdder fallbacks = new LongAdder();

    /**
     * Creates one for any number of connections.
     *
     * @param bootstrap of {@link MultipathChannel}s, with a handler that can be added to more than one pipeline (a {@code
     *     ChannelInitializer}, say); it is copied
     * @param patience how long a server has for its answer before it is taken for one without multipath
     */
    public PlainFallback(Bootstrap bootstrap, Duration patience) {
        connectTimeoutMillis = bootstrap.config().options().get(ChannelOption.CONNECT_TIMEOUT_MILLIS);
        this.bootstrap = bootstrap
                .clone()
                .option(MultipathChannelOption.EARLY_DATA, false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(Math.max(1, patience.toMillis())));
    }

    /** {@return how many plain connections there were} */
    public long fallbacks() {
        return fallbacks.sum();
    }

    /**
     * Connects.
     *
     * @param address paths to one server; a plain connection goes over the first on which it seems to have no multipath
     * @return a {@link MultipathChannel}, or a channel of the transport's, in whose pipeline a {@link PlainFallbackEvent} was
     *     fired. If both fail, the session's exception
     */
    public Future<Channel> connect(MultipathAddress address) {
        EventLoop loop = bootstrap.config().group().next();
        Promise<Channel> connected = loop.newPromise();
        ChannelFuture connecting = bootstrap.connect(address);
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                connected.trySuccess(connecting.channel());
            } else {
                Queue<PathFailedException> plain = withoutMultipath(done.cause());
                loop.execute(() -> dialNext(plain, loop, done.cause(), connected));
            }
        });
        connected.addListener(done -> {
            if (connected.isCancelled() && !connecting.cancel(false)) {
                connecting.channel().close();
            }
        });
        return connected;
    }

    /** The failures that look as if somebody were there who does not know the protocol. */
    static Queue<PathFailedException> withoutMultipath(Throwable cause) {
        Queue<PathFailedException> plain = new ArrayDeque<>();
        if (cause instanceof AllPathsFailedException failed) {
            for (Throwable each : failed.getSuppressed()) {
                if (each instanceof PathFailedException path && isWithoutMultipath(path.getCause())) {
                    plain.add(path);
                }
            }
        }
        return plain;
    }

    private static boolean isWithoutMultipath(Throwable cause) {
        if (cause instanceof MultipathProtocolException || cause instanceof ConnectTimeoutException) {
            return true;
        }
        // Closed or reset; but not never connected, and not by a session's own words.
        return cause instanceof IOException
                && !(cause instanceof ConnectException)
                && !(cause instanceof NoRouteToHostException)
                && !(cause instanceof UnknownHostException)
                && !(cause instanceof SSLException)
                && !(cause instanceof MultipathException);
    }

    private void dialNext(
            Queue<PathFailedException> plain, EventLoop loop, Throwable sessionCause, Promise<Channel> connected) {
        PathFailedException next = plain.poll();
        if (next == null || connected.isDone()) {
            connected.tryFailure(sessionCause);
            return;
        }
        Path path = next.path();
        Future<Channel> dialling;
        try {
            dialling = dial(loop, path, new PlainFallbackEvent(next.getCause()));
        } catch (RuntimeException e) {
            dialNext(plain, loop, sessionCause, connected);
            return;
        }
        connected.addListener(done -> dialling.cancel(false));
        dialling.addListener(done -> {
            if (!done.isSuccess()) {
                loop.execute(() -> dialNext(plain, loop, sessionCause, connected));
            } else if (connected.trySuccess(dialling.getNow())) {
                fallbacks.increment();
            } else {
                dialling.getNow().close();
            }
        });
    }

    private Future<Channel> dial(EventLoop loop, Path path, PlainFallbackEvent event) {
        Map<ChannelOption<?>, Object> options = new HashMap<>(bootstrap.config().options());
        options.keySet().removeIf(option -> option.name().startsWith(MultipathChannelOption.class.getName() + '#'));
        options.remove(ChannelOption.CONNECT_TIMEOUT_MILLIS);
        if (connectTimeoutMillis != null) {
            options.put(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis);
        }
        SubflowSetup setup = new SubflowSetup(options, channel -> {
            bootstrap.config().attrs().forEach((key, value) -> setAttribute(channel, key, value));
            ChannelHandler handler = Objects.requireNonNull(bootstrap.config().handler(), "handler");
            channel.pipeline().addLast(handler);
            channel.pipeline().fireUserEventTriggered(event);
        });
        SubflowTransport transport = bootstrap.config().options().get(MultipathChannelOption.SUBFLOW_TRANSPORT)
                        instanceof SubflowTransport set
                ? set
                : SubflowTransport.ofEventLoop();
        EventLoop own = transport.eventLoop(loop, path.remote());
        if (own.inEventLoop()) {
            return transport.dial(own, path.remote(), path.local(), setup);
        }
        Promise<Channel> dialled = own.newPromise();
        own.execute(() -> {
            try {
                Future<Channel> dialling = transport.dial(own, path.remote(), path.local(), setup);
                PromiseNotifier.cascade(dialling, dialled);
            } catch (RuntimeException e) {
                dialled.tryFailure(e);
            }
        });
        return dialled;
    }

    @SuppressWarnings("unchecked")
    private static void setAttribute(Channel channel, AttributeKey<?> key, Object value) {
        channel.attr((AttributeKey<Object>) key).set(value);
    }
}
