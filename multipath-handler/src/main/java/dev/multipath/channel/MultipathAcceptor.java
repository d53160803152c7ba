package dev.multipath.channel;

import dev.multipath.admission.AdmissionStats;
import dev.multipath.admission.Shortage;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.path.Path;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Accepts multipath sessions beside whatever else a server does: connections that the server has accepted become subflows
 * by a {@link MultipathServerHandler} in their pipelines, and each new session is a {@link MultipathChannel}. Its parent is the
 * listening channel that its first connection came over, if there is one: so handlers know that theirs is a server's end. One acceptor
 * serves any number of listening channels; the subflows of a session may come over all of them.
 * Thread-safe.
 */
public final class MultipathAcceptor implements AutoCloseable {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(MultipathAcceptor.class);

    private static final Set<ChannelOption<?>> SERVER_OPTIONS = Set.of(
            MultipathChannelOption.SUBFLOW_TRANSPORT,
            MultipathChannelOption.REQUIRE_AUTHENTICATED_JOINS,
            MultipathChannelOption.ANNOUNCED_ADDRESSES,
            MultipathChannelOption.MEMORY_BUDGET,
            MultipathChannelOption.HANDSHAKE_TIMEOUT,
            MultipathChannelOption.MAX_PENDING_HANDSHAKES,
            MultipathChannelOption.MAX_SESSIONS,
            MultipathChannelOption.MAX_SUBFLOWS,
            MultipathChannelOption.SOURCE_QUOTA,
            MultipathChannelOption.CONNECTION_ID_GENERATOR);

    private final ChannelHandler childHandler;
    private final EventLoopGroup childGroup;
    private final Map<ChannelOption<?>, Object> childOptions;
    private final Host host;

    private MultipathAcceptor(Builder builder) {
        childHandler = builder.childHandler;
        childGroup = builder.childGroup;
        // In the order in which they were set, as some depend on others.
        childOptions = Collections.unmodifiableMap(new LinkedHashMap<>(builder.childOptions));
        host = new Host(Map.copyOf(builder.options));
    }

    /**
     * Begins to make an acceptor.
     *
     * @param childHandler goes into the pipeline of each session; a {@code ChannelInitializer} or sharable
     * @return the builder
     */
    public static Builder builder(ChannelHandler childHandler) {
        return new Builder(childHandler);
    }

    /** {@return how many sessions are open} Any thread. */
    public int sessionCount() {
        return host.sessions.size();
    }

    /** {@return the sessions that are open now: as {@link MultipathServerChannel#sessions()}} Any thread. */
    public List<SessionSnapshot> sessions() {
        return SessionSnapshot.of(host.sessions);
    }

    /** {@return how crowded it is, and who got no place} Any thread. */
    public AdmissionStats admission() {
        return host.sessions.admission().stats();
    }

    /** Ends the handshakes and takes no more connections. Open sessions go on, over the subflows that they have. Any thread. */
    @Override
    public void close() {
        host.sessions.close();
    }

    /**
     * Ends without cutting anything short that ends in time, as {@link MultipathServerChannel#drain} does: takes no new sessions,
     * but subflows of those that there are, and tells clients so. Then ends what is left, and {@link #close}s. The listening
     * channels are their owner's. Any thread.
     *
     * @param deadline how long sessions may take
     * @return succeeds with the number of sessions that the deadline has cut, when all have ended
     * @throws IllegalStateException if it was called before
     */
    public Future<Integer> drain(Duration deadline) {
        synchronized (host.sessions) {
            if (host.sessions.isDraining()) {
                throw new IllegalStateException("drained already");
            }
            EventExecutor executor = GlobalEventExecutor.INSTANCE;
            Promise<Integer> done = executor.newPromise();
            Supplier<Future<?>> close = () -> {
                close();
                return executor.newSucceededFuture(null);
            };
            Drain.begin(host.sessions, executor, deadline, close, done);
            return done;
        }
    }

    SessionHost host() {
        return host;
    }

    private final class Host implements SessionHost {

        private final OptionValues options;
        private final SessionRegistry sessions;

        Host(Map<ChannelOption<?>, Object> values) {
            options = new OptionValues() {
                @Override
                @SuppressWarnings("unchecked")
                public <T> T get(ChannelOption<T> option) {
                    Object value = values.get(option);
                    return value != null ? (T) value : MultipathChannelConfig.defaultOf(option);
                }
            };
            sessions = new SessionRegistry(options);
        }

        @Override
        public OptionValues options() {
            return options;
        }

        @Override
        public SessionRegistry sessions() {
            return sessions;
        }

        @Override
        public SessionRegistry.Opening openSession(SubflowConnection first) {
            if (sessions.isDraining()) {
                return SessionRegistry.Opening.refused(Shortage.CLOSING);
            }
            Path path = AcceptedSubflows.path(first);
            ServerChannel listener = first.channel().parent() instanceof ServerChannel parent ? parent : null;
            return sessions.open(
                    first, connectionId -> new MultipathChannel(this, listener, connectionId, path).accepted());
        }

        @Override
        public void startSession(AcceptedSession session, Channel firstConnection) {
            try {
                Channel channel = session.channel();
                setOptions(channel, childOptions);
                channel.pipeline().addLast(childHandler);
                EventLoopGroup group = childGroup == null ? firstConnection.eventLoop() : childGroup;
                group.register(channel).addListener(registered -> {
                    if (!registered.isSuccess()) {
                        fail(channel, registered.cause());
                    }
                });
            } catch (RuntimeException e) {
                fail(session.channel(), e);
            }
        }

        private static void fail(Channel session, Throwable cause) {
            LOGGER.warn("{} could not be started", session, cause);
            session.unsafe().closeForcibly();
        }

        /** Handlers that somebody else has added may have timers on their loop, and stay there. */
        @Override
        public boolean canMove(SubflowConnection connection, EventLoop target) {
            return connection.channel().pipeline().toMap().values().stream().allMatch(Host::isOurs)
                    && connection.canMove(target);
        }

        private static boolean isOurs(ChannelHandler handler) {
            return handler instanceof MultipathFrameEncoder
                    || handler instanceof MultipathFrameDecoder
                    || handler instanceof ServerHandshakeHandler;
        }
    }

    @SuppressWarnings("unchecked")
    private static void setOptions(Channel channel, Map<ChannelOption<?>, Object> options) {
        options.forEach((option, value) -> channel.config().setOption((ChannelOption<Object>) option, value));
    }

    /** What an acceptor is made with; only the handler is needed. Not thread-safe. */
    public static final class Builder {

        private final ChannelHandler childHandler;
        private final Map<ChannelOption<?>, Object> options = new HashMap<>();
        private final Map<ChannelOption<?>, Object> childOptions = new LinkedHashMap<>();
        private final MultipathChannel sample = new MultipathChannel();
        private EventLoopGroup childGroup;

        private Builder(ChannelHandler childHandler) {
            this.childHandler = Objects.requireNonNull(childHandler, "childHandler");
        }

        /**
         * Where sessions live. Default: on the event loop of the connection that came first.
         *
         * @param group of whatever kind; shut down by its owner
         * @return this
         */
        public Builder childGroup(EventLoopGroup group) {
            childGroup = Objects.requireNonNull(group, "group");
            return this;
        }

        /**
         * Sets one of the options that a {@link MultipathServerChannel} has for itself: time-out, limits, who may join.
         *
         * @param <T> the type of its value
         * @param option one of those
         * @param value not null
         * @return this
         * @throws IllegalArgumentException if it is another one, such as one of sessions, or cannot have that value
         */
        public <T> Builder option(ChannelOption<T> option, T value) {
            if (!SERVER_OPTIONS.contains(option)) {
                throw new IllegalArgumentException(option + " (expected: one of " + SERVER_OPTIONS
                        + "; those of sessions are set with childOption)");
            }
            option.validate(value);
            sample.config().setOption(option, value);
            options.put(option, value);
            return this;
        }

        /**
         * Sets an option of each session.
         *
         * @param <T> the type of its value
         * @param option one of the {@link MultipathChannelOption}s or of Netty's
         * @param value not null
         * @return this
         * @throws IllegalArgumentException if it cannot have that value
         */
        public <T> Builder childOption(ChannelOption<T> option, T value) {
            option.validate(value);
            // Said now, and not at each session.
            sample.config().setOption(option, value);
            childOptions.put(option, value);
            return this;
        }

        /** {@return the acceptor, ready for connections} */
        public MultipathAcceptor build() {
            return new MultipathAcceptor(this);
        }
    }
}
