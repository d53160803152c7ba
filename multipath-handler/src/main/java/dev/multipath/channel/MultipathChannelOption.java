package dev.multipath.channel;

import dev.multipath.admission.SourceQuota;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Options of {@link MultipathChannel} and {@link MultipathServerChannel}. All others that Netty's own channel
 * configuration does not know itself (such as {@code TCP_NODELAY} or {@code SO_SNDBUF}) pass to every subflow's channel,
 * present and future, or, when set on a server channel, to its listeners. May be set from any thread; a value that cannot be
 * is refused with an {@link IllegalArgumentException}. A session keeps the values that it began with, but for {@link
 * #SCHEDULER} and a {@link #LINGER} of zero; a server's limits count as they are.
 *
 * @param <T> the type of the option's value
 */
public final class MultipathChannelOption<T> extends ChannelOption<T> {

    /**
     * Makes each session's scheduler: one of {@link dev.multipath.scheduler.Schedulers}, or the application's own. May be changed at
     * any time, and what leaves from then on goes by it. On a server channel it is that of all its sessions but those that have one of
     * their own. Each end decides for what it sends. Default: {@link dev.multipath.scheduler.Schedulers#EARLIEST}.
     */
    public static final ChannelOption<Supplier<Scheduler>> SCHEDULER =
            valueOf(MultipathChannelOption.class, "SCHEDULER");

    /**
     * Makes the policy of each subflow of what may be in flight on it. {@link dev.multipath.congestion.Bottlenecks#coupling()} makes
     * those that share a bottleneck take as much as one would, {@link dev.multipath.congestion.Coupling#ofPaths()} all of a session. Default: {@link BandwidthDelayControl}.
     */
    public static final ChannelOption<Supplier<CongestionControl>> CONGESTION_CONTROL =
            valueOf(MultipathChannelOption.class, "CONGESTION_CONTROL");

    /** The most bytes that a session holds of what was written and not acknowledged. Default: 8 MiB. */
    public static final ChannelOption<Integer> SEND_BUFFER_BYTES =
            valueOf(MultipathChannelOption.class, "SEND_BUFFER_BYTES");

    /** The most bytes that a session holds of what was received and not read. Default: 16 MiB. */
    public static final ChannelOption<Integer> RECEIVE_BUFFER_BYTES =
            valueOf(MultipathChannelOption.class, "RECEIVE_BUFFER_BYTES");

    /**
     * What all sessions that share it hold together, at the most. On a server channel or an acceptor it is that of all its
     * sessions. Default: {@link MemoryBudget#shared()}.
     */
    public static final ChannelOption<MemoryBudget> MEMORY_BUDGET =
            valueOf(MultipathChannelOption.class, "MEMORY_BUDGET");

    /** The payload of the largest frame sent, at most 1 MiB. Default: 64 KiB. */
    public static final ChannelOption<Integer> MAX_FRAME_BYTES =
            valueOf(MultipathChannelOption.class, "MAX_FRAME_BYTES");

    /**
     * How long {@code close()} waits for the peer's acknowledgement of what was written. Zero gives up what is on its way, and
     * the peer is told so. {@code SO_LINGER} sets it too, in seconds; negative for the default. Default: 10 s.
     */
    public static final ChannelOption<Duration> LINGER = valueOf(MultipathChannelOption.class, "LINGER");

    /**
     * How long a subflow may be silent before it is pinged: half of it to all, by chance; a backup four times as long. Keeps NATs
     * and firewalls from forgetting it, and finds out that it is dead before data need it. Default: 25 s.
     */
    public static final ChannelOption<Duration> PROBE_INTERVAL =
            valueOf(MultipathChannelOption.class, "PROBE_INTERVAL");

    /** How the channels of subflows and listeners are made. Default: {@link SubflowTransport#ofEventLoop()}. */
    public static final ChannelOption<SubflowTransport> SUBFLOW_TRANSPORT =
            valueOf(MultipathChannelOption.class, "SUBFLOW_TRANSPORT");

    /** Makes the tracker that is told what happens on a path. Default: {@link StatsTracker#NONE} for all. */
    public static final ChannelOption<Function<Path, StatsTracker>> STATS_TRACKER =
            valueOf(MultipathChannelOption.class, "STATS_TRACKER");

    /**
     * What this end wants of a path when the session first uses it: for accepted ones, which have no attributes of their own, or by
     * a rule for all. {@link MultipathChannel#setPathAttributes} changes it later. Default: {@link Path#attributes()}.
     */
    public static final ChannelOption<Function<Path, PathAttributes>> PATH_ATTRIBUTES =
            valueOf(MultipathChannelOption.class, "PATH_ATTRIBUTES");

    /** Client: where round-trip times of paths are remembered. Default: {@link PathHistory#SHARED}. */
    public static final ChannelOption<PathHistory> PATH_HISTORY = valueOf(MultipathChannelOption.class, "PATH_HISTORY");

    /** Client: how long a connect waits for one path before it tries the next as well. Default: 250 ms, as RFC 8305 section 8. */
    public static final ChannelOption<Duration> ATTEMPT_DELAY = valueOf(MultipathChannelOption.class, "ATTEMPT_DELAY");

    /** Client: the most that a lost path waits to be dialled again, after delays that double from 200 ms. Default: 30 s. */
    public static final ChannelOption<Duration> MAX_REDIAL_DELAY =
            valueOf(MultipathChannelOption.class, "MAX_REDIAL_DELAY");

    /**
     * Client: whether what is flushed while the channel connects waits for the session, instead of failing, and its first bytes go
     * along with the request for it (at most {@link dev.multipath.session.JoinOffer#MAX_EARLY_BYTES}): the answer comes a round trip
     * earlier. As with {@code TCP_FASTOPEN_CONNECT} and TLS' early data, a server may get these bytes twice, in two sessions, if its
     * first answer is lost: only for what may be done twice. Default: false.
     */
    public static final ChannelOption<Boolean> EARLY_DATA = valueOf(MultipathChannelOption.class, "EARLY_DATA");

    /**
     * Whether the extended profile is offered to the peer. If not, or if the peer does not offer it, the base profile is
     * spoken, that of the Go implementation. Default: true.
     */
    public static final ChannelOption<Boolean> EXTENDED_PROFILE =
            valueOf(MultipathChannelOption.class, "EXTENDED_PROFILE");

    /**
     * Server: whether subflows may join only with a proof that they come from the session's client, which peers of the base
     * profile cannot give: their sessions have one subflow then. Set on the server channel or on its sessions. Default:
     * false.
     */
    public static final ChannelOption<Boolean> REQUIRE_AUTHENTICATED_JOINS =
            valueOf(MultipathChannelOption.class, "REQUIRE_AUTHENTICATED_JOINS");

    /**
     * How long a session of the extended profile outlives the loss of all its subflows; zero for not at all. Default: 60 s.
     */
    public static final ChannelOption<Duration> RESUMPTION_TIMEOUT =
            valueOf(MultipathChannelOption.class, "RESUMPTION_TIMEOUT");

    /**
     * How long an accepted connection may take to say which session it belongs to and to be let in, and, at both ends, a
     * joining subflow to prove that it may (as by RFC 8684 section 3.2). Default: 10 s.
     */
    public static final ChannelOption<Duration> HANDSHAKE_TIMEOUT =
            valueOf(MultipathChannelOption.class, "HANDSHAKE_TIMEOUT");

    /**
     * Server: accepted connections that have not proved yet that they belong to a session. When there are more, the oldest of
     * those that have shown the least is closed. Default: 1024.
     */
    public static final ChannelOption<Integer> MAX_PENDING_HANDSHAKES =
            valueOf(MultipathChannelOption.class, "MAX_PENDING_HANDSHAKES");

    /**
     * Server: sessions open at a time. When there are more, the oldest of those that have shown the least ends, and a new one
     * is refused only if all others have earned their places by what they have carried. Default: 10000.
     */
    public static final ChannelOption<Integer> MAX_SESSIONS = valueOf(MultipathChannelOption.class, "MAX_SESSIONS");

    /** Server: draws the names of new sessions. Default: {@link ConnectionIdGenerator#RANDOM_UUIDS}. */
    public static final ChannelOption<ConnectionIdGenerator> CONNECTION_ID_GENERATOR =
            valueOf(MultipathChannelOption.class, "CONNECTION_ID_GENERATOR");

    /** Server: how many of the places for sessions and handshakes one host may have. Default: {@link SourceQuota#DEFAULT}. */
    public static final ChannelOption<SourceQuota> SOURCE_QUOTA = valueOf(MultipathChannelOption.class, "SOURCE_QUOTA");

    /**
     * Server: subflows that one session may have. Another one gets the place of a stale one, and is refused if there is none.
     * Default: 16.
     */
    public static final ChannelOption<Integer> MAX_SUBFLOWS = valueOf(MultipathChannelOption.class, "MAX_SUBFLOWS");

    /**
     * Server: the addresses that clients of the extended profile are told of (RFC 8684 section 3.4.1). Default: {@link
     * AnnouncedAddresses#NONE}.
     */
    public static final ChannelOption<AnnouncedAddresses> ANNOUNCED_ADDRESSES =
            valueOf(MultipathChannelOption.class, "ANNOUNCED_ADDRESSES");

    /** Client: which of the addresses that a server announces are dialled. Default: {@link AddressPolicy#NONE}. */
    public static final ChannelOption<AddressPolicy> ADDRESS_POLICY =
            valueOf(MultipathChannelOption.class, "ADDRESS_POLICY");

    @SuppressWarnings("deprecation") // the constructor that Netty's own options use
    private MultipathChannelOption() {
        super(null);
    }
}
