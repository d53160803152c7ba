package dev.multipath.channel;

import dev.multipath.admission.SourceQuota;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.Coupling;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.DialPolicy;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.Schedulers;
import dev.multipath.session.ExtendedConfig;
import dev.multipath.session.SessionConfig;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The configuration of both virtual channels: Netty's own options, {@link MultipathChannelOption}s, and whatever else is
 * set, which is kept for the channels beneath. Thread-safe.
 */
final class MultipathChannelConfig extends DefaultChannelConfig implements OptionValues {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(MultipathChannelConfig.class);

    private static final Supplier<CongestionControl> DEFAULT_CONGESTION_CONTROL = BandwidthDelayControl::new;
    private static final Function<Path, StatsTracker> NO_TRACKER = path -> StatsTracker.NONE;

    private static final Function<Path, PathAttributes> OWN_ATTRIBUTES = Path::attributes;

    private static final Map<ChannelOption<?>, Object> DEFAULTS = Map.ofEntries(
            Map.entry(MultipathChannelOption.SCHEDULER, Schedulers.EARLIEST),
            Map.entry(MultipathChannelOption.CONGESTION_CONTROL, DEFAULT_CONGESTION_CONTROL),
            Map.entry(MultipathChannelOption.SEND_BUFFER_BYTES, SessionConfig.DEFAULT.sendBufferBytes()),
            Map.entry(MultipathChannelOption.RECEIVE_BUFFER_BYTES, SessionConfig.DEFAULT.receiveBufferBytes()),
            Map.entry(MultipathChannelOption.MEMORY_BUDGET, MemoryBudget.shared()),
            Map.entry(MultipathChannelOption.MAX_FRAME_BYTES, SessionConfig.DEFAULT.maxFrameBytes()),
            Map.entry(MultipathChannelOption.LINGER, SessionConfig.DEFAULT.linger()),
            Map.entry(MultipathChannelOption.PROBE_INTERVAL, SessionConfig.DEFAULT.probeInterval()),
            Map.entry(MultipathChannelOption.SUBFLOW_TRANSPORT, SubflowTransport.ofEventLoop()),
            Map.entry(MultipathChannelOption.STATS_TRACKER, NO_TRACKER),
            Map.entry(MultipathChannelOption.PATH_ATTRIBUTES, OWN_ATTRIBUTES),
            Map.entry(MultipathChannelOption.PATH_HISTORY, PathHistory.SHARED),
            Map.entry(MultipathChannelOption.ANNOUNCED_ADDRESSES, AnnouncedAddresses.NONE),
            Map.entry(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.NONE),
            Map.entry(MultipathChannelOption.ATTEMPT_DELAY, Duration.ofMillis(250)),
            Map.entry(MultipathChannelOption.MAX_REDIAL_DELAY, Duration.ofSeconds(30)),
            Map.entry(MultipathChannelOption.EARLY_DATA, false),
            Map.entry(MultipathChannelOption.EXTENDED_PROFILE, ExtendedConfig.DEFAULT.enabled()),
            Map.entry(
                    MultipathChannelOption.REQUIRE_AUTHENTICATED_JOINS,
                    ExtendedConfig.DEFAULT.authenticatedJoinsRequired()),
            Map.entry(MultipathChannelOption.RESUMPTION_TIMEOUT, ExtendedConfig.DEFAULT.resumptionTimeout()),
            Map.entry(MultipathChannelOption.HANDSHAKE_TIMEOUT, ExtendedConfig.DEFAULT.joinTimeout()),
            Map.entry(MultipathChannelOption.MAX_PENDING_HANDSHAKES, 1024),
            Map.entry(MultipathChannelOption.MAX_SESSIONS, 10_000),
            Map.entry(MultipathChannelOption.SOURCE_QUOTA, SourceQuota.DEFAULT),
            Map.entry(MultipathChannelOption.CONNECTION_ID_GENERATOR, ConnectionIdGenerator.RANDOM_UUIDS),
            Map.entry(MultipathChannelOption.MAX_SUBFLOWS, ExtendedConfig.DEFAULT.maxSubflows()),
            Map.entry(ChannelOption.ALLOW_HALF_CLOSURE, false));

    // Mostly empty, and read by any thread: replaced and never changed
    private volatile Map<ChannelOption<?>, Object> values = Map.of();
    private volatile Map<ChannelOption<?>, Object> subflowOptions = Map.of();

    /** Told when {@code AUTO_READ} is switched off. */
    private final Runnable onAutoReadCleared;

    /** Told of each option that counts at once: those of the channels beneath, and {@code SCHEDULER}. */
    private final BiConsumer<ChannelOption<?>, Object> onLiveOption;

    MultipathChannelConfig(
            Channel channel, Runnable onAutoReadCleared, BiConsumer<ChannelOption<?>, Object> onLiveOption) {
        super(channel);
        this.onAutoReadCleared = onAutoReadCleared;
        this.onLiveOption = onLiveOption;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        Map<ChannelOption<?>, Object> options = new HashMap<>(super.getOptions());
        options.putAll(DEFAULTS);
        options.putAll(values);
        options.putAll(subflowOptions);
        return options;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == ChannelOption.SO_LINGER) {
            return (T) Integer.valueOf(soLinger());
        }
        if (option == MultipathChannelOption.SCHEDULER && !hasScheduler() && channel.parent() != null) {
            // An acceptor's session has a listening channel of another kind, which has none.
            T serversOwn = channel.parent().config().getOption(option);
            if (serversOwn != null) {
                return serversOwn;
            }
        }
        if (DEFAULTS.containsKey(option)) {
            return get(option);
        }
        T value = super.getOption(option);
        return value != null ? value : (T) subflowOptions.get(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option == ChannelOption.SO_LINGER) {
            validate(option, value);
            setSoLinger((Integer) value);
            return true;
        }
        if (DEFAULTS.containsKey(option)) {
            validate(option, value);
            Object before = choose(option, value);
            try {
                sessionConfig(this);
                dialPolicy();
            } catch (IllegalArgumentException e) {
                choose(option, before);
                throw e;
            }
            if (option == MultipathChannelOption.SCHEDULER) {
                onLiveOption.accept(option, value);
            }
        } else if (!super.setOption(option, value)) {
            synchronized (this) {
                subflowOptions = with(subflowOptions, option, value);
            }
            onLiveOption.accept(option, value);
        }
        return true;
    }

    /** Returns what was chosen before; null for the default, as the value. */
    private synchronized Object choose(ChannelOption<?> option, Object value) {
        Object before = values.get(option);
        values = with(values, option, value);
        return before;
    }

    private static Map<ChannelOption<?>, Object> with(
            Map<ChannelOption<?>, Object> options, ChannelOption<?> option, Object value) {
        Map<ChannelOption<?>, Object> changed = new HashMap<>(options);
        if (value == null) {
            changed.remove(option);
        } else {
            changed.put(option, value);
        }
        return Map.copyOf(changed);
    }

    /** The time that a close may take is the session's, not that of a socket: -1 if nobody has chosen it. */
    private int soLinger() {
        Duration linger = (Duration) values.get(MultipathChannelOption.LINGER);
        return linger == null ? -1 : (int) Math.min(Integer.MAX_VALUE, linger.toSeconds());
    }

    private void setSoLinger(int seconds) {
        if (seconds < 0) {
            choose(MultipathChannelOption.LINGER, null);
        } else {
            choose(MultipathChannelOption.LINGER, Duration.ofSeconds(seconds));
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T get(ChannelOption<T> option) {
        return (T) values.getOrDefault(option, DEFAULTS.get(option));
    }

    /** The default of one of the {@link MultipathChannelOption}s. */
    @SuppressWarnings("unchecked")
    static <T> T defaultOf(ChannelOption<T> option) {
        return (T) DEFAULTS.get(option);
    }

    /**
     * What a session is made with.
     *
     * @param server the options of the server that accepted it; a client's own
     */
    SessionConfig sessionConfig(OptionValues server) {
        SessionConfig chosen = new SessionConfig(
                get(MultipathChannelOption.SEND_BUFFER_BYTES),
                get(MultipathChannelOption.RECEIVE_BUFFER_BYTES),
                get(MultipathChannelOption.MAX_FRAME_BYTES),
                get(MultipathChannelOption.LINGER),
                get(MultipathChannelOption.PROBE_INTERVAL),
                extendedConfig(server));
        // Mostly: then sessions share it.
        return chosen.equals(SessionConfig.DEFAULT) ? SessionConfig.DEFAULT : chosen;
    }

    /**
     * What makes the scheduler: its own choice, or that of the server that accepted the session.
     *
     * @param server the options of that server; a client's own
     */
    Supplier<Scheduler> scheduler(OptionValues server) {
        return hasScheduler() ? get(MultipathChannelOption.SCHEDULER) : server.get(MultipathChannelOption.SCHEDULER);
    }

    /** Whether somebody has chosen one for this channel. */
    boolean hasScheduler() {
        return values.containsKey(MultipathChannelOption.SCHEDULER);
    }

    /** As with a socket, no time to linger means that what the peer has not got is given up, and that it is told so. */
    boolean isAbortive() {
        return get(MultipathChannelOption.LINGER).isZero();
    }

    /** Makes those of the subflows of one session. */
    Supplier<CongestionControl> congestionControl() {
        Supplier<CongestionControl> chosen = get(MultipathChannelOption.CONGESTION_CONTROL);
        return chosen instanceof Coupling.Policy policy ? policy.newSession() : chosen;
    }

    /** When a client dials. */
    DialPolicy dialPolicy() {
        return DialPolicy.of(
                Duration.ofMillis(getConnectTimeoutMillis()),
                get(MultipathChannelOption.ATTEMPT_DELAY),
                get(MultipathChannelOption.MAX_REDIAL_DELAY));
    }

    private ExtendedConfig extendedConfig(OptionValues server) {
        return new ExtendedConfig(
                get(MultipathChannelOption.EXTENDED_PROFILE),
                get(MultipathChannelOption.REQUIRE_AUTHENTICATED_JOINS)
                        || server.get(MultipathChannelOption.REQUIRE_AUTHENTICATED_JOINS),
                get(MultipathChannelOption.RESUMPTION_TIMEOUT),
                ExtendedConfig.DEFAULT.initialWindowBytes(),
                server.get(MultipathChannelOption.HANDSHAKE_TIMEOUT),
                server.get(MultipathChannelOption.MAX_SUBFLOWS),
                server.get(MultipathChannelOption.ANNOUNCED_ADDRESSES).areExclusive());
    }

    /** Sets all on a channel beneath: those that it was made with may be others by now. */
    void setSubflowOptions(Channel subflow) {
        subflowOptions.forEach((option, value) -> setSubflowOption(subflow, option, value));
    }

    /** Sets an option on a channel beneath; one that it does not know, or that comes too late, is ignored. */
    @SuppressWarnings("unchecked")
    static void setSubflowOption(Channel subflow, ChannelOption<?> option, Object value) {
        try {
            if (!subflow.config().setOption((ChannelOption<Object>) option, value)) {
                LOGGER.debug("{} does not know option {}", subflow, option);
            }
        } catch (ChannelException e) {
            LOGGER.debug("{} does not take option {}", subflow, option, e);
        }
    }

    /** The options for the channels beneath, as they are now. */
    Map<ChannelOption<?>, Object> subflowOptions() {
        return subflowOptions;
    }

    @Override
    protected void autoReadCleared() {
        onAutoReadCleared.run();
    }
}
