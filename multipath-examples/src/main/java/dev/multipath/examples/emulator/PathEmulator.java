package dev.multipath.examples.emulator;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A network path in a box: a TCP relay on a loopback port in front of a target, which shapes both directions with a rate,
 * a delay and a bounded queue, and can fail. A TCP relay cannot drop bytes; where a router would, it stops reading, and
 * TCP holds the sender back.
 *
 * <p>Connections are set up without delay; their first byte already travels at the path's pace. All connections share
 * the rate, in fair turns.
 *
 * <p>Everything can be changed while bytes flow, from any thread. A call has taken effect when it returns; it waits for
 * the event loop that all of this emulator's work is done on. After {@link #close} calls change nothing any more.
 */
public final class PathEmulator implements AutoCloseable {

    /**
     * What the kernel may buffer for each of the relay's sockets each way. It comes on top of the emulated queue, so it
     * must be small beside it, and the kernel's own tuning (up to megabytes) be off; yet with much less, loopback's 64 KiB
     * segments no longer fit the window and TCP waits for its persist timer.
     */
    private static final int SOCKET_BUFFER_BYTES = 128 * 1024;

    /** Stops the source when its receiver is slow: the relay holds no more than about one read beside the kernel's. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    private final String label;
    private final EventLoop loop;
    private final Bootstrap targetBootstrap;
    private final Link toTarget;
    private final Link fromTarget;
    private final Channel listener;
    private final InetSocketAddress address;
    private final LongAdder acceptedConnections = new LongAdder();
    private final LongAdder openConnections = new LongAdder();
    /** Written on the event loop, read anywhere. */
    private volatile PathSettings settings;

    private final Set<Connection> connections = new HashSet<>();
    private final Set<Direction> blackholed = EnumSet.noneOf(Direction.class);
    private boolean down;

    private PathEmulator(Builder builder, EventLoopGroup group) {
        label = builder.label;
        settings = builder.settings;
        loop = nioLoop(group.next());
        toTarget = new Link(loop, settings);
        fromTarget = new Link(loop, settings);
        targetBootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .disableResolver()
                .remoteAddress(builder.target)
                .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
                .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                // A bootstrap insists on a handler; the connection adds the one that matters.
                .handler(initializer(channel -> {}));
        listener = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                // On the listener, as a window is fixed before the connection is accepted.
                .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                .childOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(initializer(this::accept))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.bindPort))
                .syncUninterruptibly()
                .channel();
        address = (InetSocketAddress) listener.localAddress();
        // Also when the group is shut down without close() having been called.
        listener.closeFuture().addListener(closed -> dropAll());
    }

    /** A path to that (resolved) target; without further settings it is unlimited. */
    public static Builder builder(InetSocketAddress target) {
        return new Builder(target);
    }

    /** Starts a path with those settings on an ephemeral port; see {@link Builder#start}. */
    public static PathEmulator start(EventLoopGroup group, PathSettings settings, InetSocketAddress target) {
        return builder(target).settings(settings).start(group);
    }

    /** What a client connects to. */
    public InetSocketAddress address() {
        return address;
    }

    /** The name given to the path. */
    public String label() {
        return label;
    }

    /** The settings now in force. */
    public PathSettings settings() {
        return settings;
    }

    /** Changes the settings, for bytes already under way too. */
    public void update(PathSettings newSettings) {
        Objects.requireNonNull(newSettings, "newSettings");
        update(old -> newSettings);
    }

    /** Changes the settings from what they are; the function runs on the event loop. */
    public void update(UnaryOperator<PathSettings> change) {
        onLoop(() -> {
            settings = change.apply(settings);
            toTarget.update(settings);
            fromTarget.update(settings);
        });
    }

    /** Lets nothing pass in either direction until {@link #restore}. See {@link #blackhole(Direction)}. */
    public void blackhole() {
        onLoop(() -> {
            for (Direction direction : Direction.values()) {
                block(direction);
            }
        });
    }

    /**
     * Lets nothing pass in that direction until {@link #restore}, not even the end of a connection. Connections stay open
     * and senders' buffers fill. New connections seem to succeed, as the kernel takes them, and reach the target only
     * after the restoring: a TCP handshake needs both directions.
     */
    public void blackhole(Direction direction) {
        Objects.requireNonNull(direction, "direction");
        onLoop(() -> block(direction));
    }

    /** Ends all blackholes. What they held back goes on its way, complete and in order. */
    public void restore() {
        onLoop(() -> {
            blackholed.clear();
            acceptOrNot();
            toTarget.resume();
            fromTarget.resume();
        });
    }

    /** Aborts all connections with RST to both sides, at once even in a blackhole; new ones are relayed as before. */
    public void reset() {
        onLoop(this::dropAll);
    }

    /**
     * Resets all connections, and each new one as soon as it is accepted, until {@link #up}. A client may see its connect
     * succeed first: the kernel accepts before it asks.
     */
    public void down() {
        onLoop(() -> {
            down = true;
            dropAll();
            acceptOrNot();
        });
    }

    /** Takes new connections again. */
    public void up() {
        onLoop(() -> {
            down = false;
            acceptOrNot();
        });
    }

    /** What has passed so far. Does not wait for the event loop. */
    public PathCounters counters() {
        return new PathCounters(
                toTarget.deliveredBytes.sum(),
                fromTarget.deliveredBytes.sum(),
                openConnections.sum(),
                acceptedConnections.sum());
    }

    /** Stops listening and resets all connections. The event loop group stays the caller's. */
    @Override
    public void close() {
        if (listener.isOpen()) {
            onLoop(listener::close);
        }
    }

    @Override
    public String toString() {
        return "PathEmulator(" + label + ", " + address + ", " + settings + ")";
    }

    private void accept(Channel channel) {
        if (down) {
            RelayHandler.reset(channel);
            return;
        }
        Connection connection = new Connection(channel, targetBootstrap, toTarget, fromTarget, this::ended);
        connections.add(connection);
        acceptedConnections.increment();
        openConnections.increment();
        connection.open();
    }

    private void ended(Connection connection) {
        connections.remove(connection);
        openConnections.decrement();
    }

    private void block(Direction direction) {
        blackholed.add(direction);
        acceptOrNot();
        (direction == Direction.TO_TARGET ? toTarget : fromTarget).pause();
    }

    /** In a blackhole connections wait in the kernel's backlog; to refuse one it must be accepted. */
    private void acceptOrNot() {
        listener.config().setAutoRead(down || blackholed.isEmpty());
    }

    private void dropAll() {
        List.copyOf(connections).forEach(Connection::abort);
        toTarget.clear();
        fromTarget.clear();
    }

    private void onLoop(Runnable change) {
        if (loop.inEventLoop()) {
            change.run();
        } else if (!loop.isShuttingDown()) {
            loop.submit(change).syncUninterruptibly();
        }
    }

    private static ChannelInitializer<Channel> initializer(Consumer<Channel> initialize) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                initialize.accept(channel);
            }
        };
    }

    /**
     * Only NIO: the epoll transport of Netty 4.2.17 takes a socket out of epoll when its input has ended, and then fails
     * to wait for its output (ENOENT), so that a half-closed connection loses bytes.
     */
    private static EventLoop nioLoop(EventLoop loop) {
        if (loop instanceof IoEventLoopGroup ioLoop && ioLoop.isIoType(NioIoHandler.class)) {
            return loop;
        }
        throw new IllegalArgumentException(
                "group of " + loop.getClass().getName() + " (expected: an event loop group of NIO)");
    }

    /** What a path starts with; all of it optional. Not thread safe. */
    public static final class Builder {
        private final InetSocketAddress target;
        private String label = "path";
        private PathSettings settings = PathSettings.unlimited();
        private int bindPort;

        private Builder(InetSocketAddress target) {
            if (target.isUnresolved()) {
                throw new IllegalArgumentException("target: " + target + " (expected: a resolved address)");
            }
            this.target = target;
        }

        /** The path's name, for people. */
        public Builder label(String newLabel) {
            label = Objects.requireNonNull(newLabel, "label");
            return this;
        }

        /** How the path begins. */
        public Builder settings(PathSettings newSettings) {
            settings = Objects.requireNonNull(newSettings, "settings");
            return this;
        }

        /** The port to listen on; 0, the default, for any free one. */
        public Builder bindPort(int port) {
            bindPort = port;
            return this;
        }

        /**
         * Listens on the loopback address and relays from now on, on one event loop of the group. Waits for the bind, so
         * it must not be called on that loop.
         *
         * @throws IllegalArgumentException if the group's transport is not NIO
         */
        public PathEmulator start(EventLoopGroup group) {
            return new PathEmulator(this, group);
        }
    }
}
