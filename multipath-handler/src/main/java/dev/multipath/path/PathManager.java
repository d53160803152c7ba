package dev.multipath.path;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.JoinOffer;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Keeps a client's paths supplied with subflows. First it races for the session ({@link SessionRace}), paths in the
 * order of their last known round-trip time. Then it joins with all others, and redials what is lost, with back-off
 * and jitter, until it is stopped. The back-off ({@link RedialBackoff}) begins anew when a subflow has earned it
 * ({@link Merit}). Runs on the session's event loop.
 *
 * <p>A stale subflow is replaced: after a second, then with back-off, another is dialled on its path; whichever
 * answers first carries on, the other is closed. (A blackholed TCP socket answers only at its kernel's next
 * retransmission, which may be far away.) When none delivers any more, all paths are dialled at once.
 */
public final class PathManager {

    /** What the session has to know. Called on the event loop. */
    public interface Listener {
        /** {@return what the next attempt sends behind its preface: for a session of its own at first, then to join} */
        JoinOffer offer();

        /**
         * The first subflow was answered: the session exists. Followed by {@link #onSubflow}.
         *
         * @param connectionId the session's name
         */
        void onSession(ConnectionId connectionId);

        /**
         * A subflow is established, but may have to prove itself yet. Once it is lost, or not let in, {@link
         * #onSubflowLost} is to be called.
         *
         * @param subflow the session's now
         */
        void onSubflow(EstablishedSubflow subflow);

        /**
         * An attempt on a path failed; it will be made again once there is a session.
         *
         * @param path the path
         * @param cause why
         */
        void onPathFailed(Path path, Throwable cause);

        /**
         * There is no session: every path failed.
         *
         * @param cause has the causes of all
         */
        void onAllPathsFailed(AllPathsFailedException cause);
    }

    private final EventLoop eventLoop;
    private final SubflowTransport transport;
    private final Supplier<Map<ChannelOption<?>, Object>> options;
    private final DialPolicy policy;
    private final PathHistory history;
    private final RandomGenerator random;
    private final Listener listener;

    private final List<PathSlot> slots = new ArrayList<>();
    private final DialerListener dialerListener = new DialerListener();

    private final SessionRace race;

    private ConnectionId connectionId;
    private boolean stopped;
    private boolean cut;

    /** Whether any subflow has earned quick redials of all paths since there were the last. */
    private boolean quickRedialsEarned;

    /**
     * Creates a manager; {@link #start} sets it going.
     *
     * @param eventLoop the session's: the subflows' channels are made on it, and all methods are called on it
     * @param transport makes the subflows' channels
     * @param options of the subflows' channels, asked for each of them
     * @param policy when to dial
     * @param history decides on the order of the first attempts, and learns from all
     * @param random for the jitter of redials
     * @param listener is told what comes of it
     */
    public PathManager(
            EventLoop eventLoop,
            SubflowTransport transport,
            Supplier<Map<ChannelOption<?>, Object>> options,
            DialPolicy policy,
            PathHistory history,
            RandomGenerator random,
            Listener listener) {
        this.eventLoop = eventLoop;
        this.transport = transport;
        this.options = options;
        this.policy = policy;
        this.history = history;
        this.random = random;
        this.listener = listener;
        race = new SessionRace(
                eventLoop, policy, this::dial, dialer -> dialer.greet(ConnectionId.ZERO, listener.offer()));
    }

    /**
     * Begins to dial, unless it was stopped before.
     *
     * @param paths at least one
     */
    public void start(List<Path> paths) {
        if (!stopped) {
            history.order(paths).forEach(path -> slots().add(newSlot(path)));
            race.start(slots());
        }
    }

    /**
     * Gives up all attempts, for good; established subflows are not touched.
     *
     * @param cutting whether the session is left unfinished: then a server of the base profile, for which an attempt to join
     *     may be a subflow already, must not take its end for that of the stream
     */
    public void stop(boolean cutting) {
        stopped = true;
        cut |= cutting;
        race.stop();
        for (PathSlot slot : List.copyOf(slots())) {
            slot.cancelRedial();
            slot.cancelDialer(cut);
        }
    }

    /**
     * A subflow of a path is gone; the path is dialled again if it was its last.
     *
     * @param path the path; one that has been removed is not dialled
     * @param subflow its channel
     * @param carriedBytes how much of the stream it has carried, both ways
     */
    public void onSubflowLost(Path path, Channel subflow, long carriedBytes) {
        PathSlot slot = slot(path);
        if (slot != null && !stopped) {
            quickRedialsEarned |= slot.onLost(subflow, carriedBytes);
            redialIfWithout(slot);
        }
    }

    /**
     * A subflow of a path was not let into the session: as {@link #onSubflowLost}, but it has earned nothing.
     *
     * @param path the path
     * @param subflow its channel
     */
    public void onSubflowRefused(Path path, Channel subflow) {
        PathSlot slot = slot(path);
        if (slot != null && !stopped) {
            slot.onRefused(subflow);
            redialIfWithout(slot);
        }
    }

    private void redialIfWithout(PathSlot slot) {
        if (!slot.hasSubflow()) {
            redialLater(slot, slot.backoff.delayNanos());
        }
    }

    /**
     * A path's subflow has gone stale: another is dialled beside it, unless it recovers soon.
     *
     * @param path the path
     * @param subflow its channel
     * @param carriedBytes how much of the stream it has carried, both ways
     */
    public void onSubflowStale(Path path, Channel subflow, long carriedBytes) {
        PathSlot slot = slot(path);
        if (slot != null && !stopped) {
            quickRedialsEarned |= slot.onStale(subflow, carriedBytes);
            redialLater(slot, Math.max(policy.replaceStaleAfter().toNanos(), slot.backoff.delayNanos()));
        }
    }

    /**
     * No subflow delivers any more, be it that they are gone or stale. What was learnt of each path's failures says little
     * now, and all are dialled soon; but only once, until a subflow has earned it again.
     */
    public void onNoneDelivers() {
        if (stopped || !quickRedialsEarned) {
            return;
        }
        quickRedialsEarned = false;
        for (PathSlot slot : slots()) {
            slot.cancelRedial();
            slot.backoff.reset();
            redialLater(slot, slot.backoff.delayNanos());
        }
    }

    /**
     * A path's stale subflow answers again.
     *
     * @param path the path
     * @param subflow its channel
     */
    public void onSubflowRecovered(Path path, Channel subflow) {
        PathSlot slot = slot(path);
        if (slot == null || stopped) {
            return;
        }
        slot.onRecovered(subflow);
        slot.cancelRedial();
        if (slot.hasSubflow()) {
            slot.cancelDialer(false);
        }
    }

    /**
     * A path more for a session that there is: dialled at once.
     *
     * @param path the path
     * @return false if it is there already, or the manager was stopped
     */
    public boolean addPath(Path path) {
        if (stopped || slot(path) != null) {
            return false;
        }
        PathSlot slot = newSlot(path);
        slots().add(slot);
        dial(slot);
        return true;
    }

    /**
     * A path of the session less: its attempts are given up. Its subflow is the caller's to close.
     *
     * @param path the path
     * @return false if it is not there
     */
    public boolean removePath(Path path) {
        PathSlot slot = slot(path);
        if (slot == null) {
            return false;
        }
        slots().remove(slot);
        slot.cancelRedial();
        slot.cancelDialer(false);
        return true;
    }

    /** {@return the paths that it keeps supplied, a copy} */
    public List<Path> paths() {
        return slots().stream().map(slot -> slot.path).toList();
    }

    /**
     * A path works.
     *
     * @param path the path
     * @param smoothedRttNanos its round-trip time
     */
    public void onRtt(Path path, long smoothedRttNanos) {
        history.onRtt(path, smoothedRttNanos);
    }

    // ---- dialling

    private PathSlot newSlot(Path path) {
        return new PathSlot(path, new RedialBackoff(policy, random));
    }

    private void dial(PathSlot slot) {
        slot.onRedialDue();
        slot.dialer = new SubflowDialer(slot.path, dialerListener);
        slot.dialer.dial(eventLoop, transport, options.get(), (int)
                Math.min(policy.attemptTimeout().toMillis(), Integer.MAX_VALUE));
    }

    private void redialLater(PathSlot slot, long delayNanos) {
        if (slot.isAtRest()) {
            slot.awaitRedial(eventLoop.schedule(() -> dial(slot), delayNanos, TimeUnit.NANOSECONDS));
        }
    }

    private void join(SubflowDialer dialer) {
        dialer.greet(connectionId, listener.offer());
    }

    /** The race is decided: all other paths join. */
    private void joinOthers() {
        race.onDecided(this::join);
        // A copy, since a transport is called, which may be the application's and change the paths, or close the
        // channel.
        for (PathSlot slot : List.copyOf(slots())) {
            if (stopped || slot(slot.path) != slot) {
                continue;
            }
            if (slot.dialer != null && slot.dialer.hasAskedForSession()) {
                // Too late: its answer would be a session of its own.
                slot.cancelDialer(false);
            }
            if (slot.isAtRest() && !slot.hasSubflow()) {
                dial(slot);
            }
        }
    }

    private final class DialerListener implements SubflowDialer.Listener {
        @Override
        public void onConnected(SubflowDialer dialer, long connectNanos) {
            if (slot(dialer) == null) {
                return;
            }
            if (connectionId != null) {
                join(dialer);
            } else {
                race.onConnected(dialer, connectNanos);
            }
        }

        @Override
        public void onEstablished(SubflowDialer dialer, ConnectionId answered, EstablishedSubflow subflow) {
            PathSlot slot = slot(dialer);
            if (slot == null) {
                if (cut && !dialer.hasAskedForSession()) {
                    subflow.reset();
                } else {
                    subflow.discard();
                }
                return;
            }
            slot.onEstablished(subflow.channel());
            history.onRtt(slot.path, subflow.handshakeRttNanos());
            boolean first = connectionId == null;
            if (first) {
                connectionId = answered;
                listener.onSession(answered);
            }
            listener.onSubflow(subflow);
            if (first && !stopped) {
                joinOthers();
            }
        }

        @Override
        public void onFailed(SubflowDialer dialer, Throwable cause) {
            PathSlot slot = slot(dialer);
            if (slot == null) {
                return;
            }
            slot.dialer = null;
            slot.backoff.onFailed();
            history.onFailed(slot.path);
            listener.onPathFailed(slot.path, cause);
            if (stopped || slot(slot.path) != slot) {
                // Perhaps removed just for that.
                return;
            }
            if (connectionId != null) {
                redialLater(slot, slot.backoff.delayNanos());
                return;
            }
            AllPathsFailedException allFailed = race.onFailed(dialer, cause, slots().size());
            if (allFailed != null) {
                stop(false);
                listener.onAllPathsFailed(allFailed);
            }
        }
    }

    private List<PathSlot> slots() {
        assert OwnerLoop.isCurrent(eventLoop);
        return slots;
    }

    private PathSlot slot(Path path) {
        for (PathSlot slot : slots()) {
            if (slot.path.equals(path)) {
                return slot;
            }
        }
        return null;
    }

    /** Null if the attempt was given up, and has not heard of that yet on its own loop. */
    private PathSlot slot(SubflowDialer dialer) {
        PathSlot slot = slot(dialer.path());
        return slot != null && slot.dialer == dialer ? slot : null;
    }
}
