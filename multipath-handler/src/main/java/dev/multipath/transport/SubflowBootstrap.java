package dev.multipath.transport;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Dials and listens with channels that connect and bind by themselves, for {@link SubflowTransport}s whose subflows are
 * such channels. Its methods are called on the event loop that they are given, and their futures are notified there.
 */
public final class SubflowBootstrap {

    private SubflowBootstrap() {}

    /**
     * Connects a channel.
     *
     * @param channelFactory makes it, unregistered
     * @param eventLoop that it will be registered with
     * @param remote where to
     * @param local from where, null for anywhere
     * @param setup what it gets
     * @return the connected channel; as {@link SubflowTransport#dial} says
     */
    public static Future<Channel> connect(
            Supplier<? extends Channel> channelFactory,
            EventLoop eventLoop,
            SocketAddress remote,
            SocketAddress local,
            SubflowSetup setup) {
        Promise<Channel> connected = eventLoop.newPromise();
        Bootstrap bootstrap = new Bootstrap()
                .group(eventLoop)
                .channelFactory(channelFactory::get)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) throws Exception {
                        try {
                            setup.initializer().initialize(channel);
                        } catch (Exception e) {
                            // Netty would only log it, and close the channel for no reason to be seen.
                            connected.tryFailure(e);
                            throw e;
                        }
                    }
                });
        setup.options().forEach((option, value) -> setOption(bootstrap, option, value));
        ChannelFuture connecting = local == null ? bootstrap.connect(remote) : bootstrap.connect(remote, local);
        Channel channel = connecting.channel();
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                connected.tryFailure(done.cause());
            } else if (isConnectedToItself(channel)) {
                connected.tryFailure(new ConnectException("connected to itself: " + channel.localAddress()));
            } else {
                connected.trySuccess(channel);
            }
        });
        closeUnless(connected, channel);
        return connected;
    }

    /** TCP's simultaneous open: nobody listens on that port, and the system has just chosen it for our own end. */
    private static boolean isConnectedToItself(Channel channel) {
        return channel.localAddress() instanceof InetSocketAddress own && own.equals(channel.remoteAddress());
    }

    /**
     * Binds a channel, which accepts from then on.
     *
     * @param channelFactory makes it, unregistered
     * @param eventLoop that it will be registered with, and what it accepts
     * @param local where
     * @param setup what it, and what it accepts, gets
     * @return the bound channel; as {@link SubflowTransport#listen} says
     */
    public static Future<Channel> bind(
            Supplier<? extends ServerChannel> channelFactory,
            EventLoop eventLoop,
            SocketAddress local,
            SubflowSetup setup) {
        return listen(channelFactory, eventLoop, setup, bootstrap -> bootstrap.bind(local));
    }

    /**
     * Takes over a channel whose socket listens already: an inherited one.
     *
     * @param listener not registered
     * @param eventLoop that it will be registered with, and what it accepts
     * @param setup what it, and what it accepts, gets
     * @return the channel; as {@link SubflowTransport#listen} says
     */
    public static Future<Channel> adopt(ServerChannel listener, EventLoop eventLoop, SubflowSetup setup) {
        return listen(() -> listener, eventLoop, setup, ServerBootstrap::register);
    }

    private static Future<Channel> listen(
            Supplier<? extends ServerChannel> channelFactory,
            EventLoop eventLoop,
            SubflowSetup setup,
            Function<ServerBootstrap, ChannelFuture> begin) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(eventLoop)
                .channelFactory(channelFactory::get)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) throws Exception {
                        setup.initializer().initialize(accepted);
                    }
                });
        setup.options().forEach((option, value) -> setOption(bootstrap, option, value));
        Promise<Channel> bound = eventLoop.newPromise();
        ChannelFuture binding = begin.apply(bootstrap);
        binding.addListener(done -> {
            if (done.isSuccess()) {
                bound.trySuccess(binding.channel());
            } else {
                bound.tryFailure(done.cause());
            }
        });
        closeUnless(bound, binding.channel());
        return bound;
    }

    /**
     * Adds a handshake to what was dialled.
     *
     * @param dialled from another transport, or from {@link #connect}
     * @param eventLoop the subflow's
     * @param handshake begins on a connected channel what is done when that can carry bytes
     * @return the same channel when that is done; if it fails, or this is cancelled, the channel is closed
     */
    public static Future<Channel> withHandshake(
            Future<Channel> dialled, EventLoop eventLoop, Function<Channel, Future<?>> handshake) {
        Promise<Channel> ready = eventLoop.newPromise();
        dialled.addListener(done -> {
            if (!dialled.isSuccess()) {
                ready.tryFailure(dialled.cause());
                return;
            }
            Channel channel = dialled.getNow();
            closeUnless(ready, channel);
            try {
                handshake.apply(channel).addListener(shaken -> {
                    if (shaken.isSuccess()) {
                        ready.trySuccess(channel);
                    } else {
                        ready.tryFailure(shaken.cause());
                    }
                });
            } catch (RuntimeException e) {
                ready.tryFailure(e);
            }
        });
        ready.addListener(done -> dialled.cancel(false));
        return ready;
    }

    private static void closeUnless(Future<Channel> wanted, Channel channel) {
        wanted.addListener(done -> {
            // One that could not even be made or registered is closed, and cannot be asked to close again.
            if (!wanted.isSuccess() && channel.isRegistered()) {
                channel.close();
            }
        });
    }

    @SuppressWarnings("unchecked")
    private static void setOption(AbstractBootstrap<?, ?> bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.option((ChannelOption<Object>) option, value);
    }
}
