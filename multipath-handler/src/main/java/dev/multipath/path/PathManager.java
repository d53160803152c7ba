package dev.multipath.path;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.JoinOffer;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Keeps a client's paths supplied with subflows. First it races for the session ({@link SessionRace}), paths in the
 * order of their last known round-trip time. Then it joins with all others, and dials what is lost again, until it is
 * stopped: how soon, and how often, is {@link RedialBackoff}'s, which begins anew when a subflow has earned it ({@link
 * Merit}), or this host's interfaces change ({@link InterfaceWatch}). Runs on the session's event loop.
 *
 * <p>A subflow that may be dead is replaced: others are dialled on its path at once, a few side by side; whichever is let in
 * first carries on, the others are closed. (A blackholed TCP socket answers only at its kernel's next retransmission, and a
 * SYN that was lost is repeated after 1, 3 and 7 s: too late both.) When none delivers any more, all paths are dialled at once.
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
         * A subflow is established, but may have to prove itself yet: {@link #onSubflowDelivers} is to be called when it has,
         * until then its path is dialled on; {@link #onSubflowLost} once it is lost, or {@link #onSubflowRefused}.
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
    private final Listener listener;
    private final PathSlots slots;
    private final DialerListener dialerListener = new DialerListener();

    /** Null once it is decided. */
    private SessionRace race;

    private final Redials redials;

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
        this.listener = listener;
        slots = new PathSlots(eventLoop, policy, random);
        redials = new Redials(eventLoop, InterfaceWatch.SHARED, this::dial, slots::all);
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
            slots.addAll(history.order(paths));
            race.start(slots.all());
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
        if (race != null) {
            race.stop();
        }
        redials.stop();
        for (PathSlot slot : slots.copy()) {
            slot.cancelRedial();
            slot.cancelAttempts(cut);
        }
    }

    /**
     * A subflow of a path was let into its session, or one that was stale or suspect delivers again: the path's other attempts
     * are given up.
     *
     * @param path the path
     * @param subflow its channel
     */
    public void onSubflowDelivers(Path path, Channel subflow) {
        PathSlot slot = slots.get(path);
        if (slot != null && !stopped) {
            slot.onDelivers(subflow, redials.nowNanos());
            redials.onDelivers();
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
        PathSlot slot = slots.get(path);
        if (slot != null && !stopped) {
            quickRedialsEarned |= slot.onLost(subflow, carriedBytes, redials.nowNanos());
            redials.search(slot, slot.backoff.delayNanos());
            redials.onRoom();
        }
    }

    /**
     * A subflow of a path was not let into the session: as {@link #onSubflowLost}, but it has earned nothing.
     *
     * @param path the path
     * @param subflow its channel
     */
    public void onSubflowRefused(Path path, Channel subflow) {
        PathSlot slot = slots.get(path);
        if (slot != null && !stopped) {
            slot.onRefused(subflow, redials.nowNanos());
            redials.search(slot, slot.backoff.delayNanos());
        }
    }

    /**
     * A subflow of a path was not let into the session, as the server has no place for it: as {@link #onSubflowRefused}, until that
     * was so several times in a row while all others deliver. Then its path rests until another subflow is lost or in doubt.
     *
     * @param path the path
     * @param subflow its channel
     * @return whether it begins to rest now
     */
    public boolean onSubflowCrowdedOut(Path path, Channel subflow) {
        onSubflowRefused(path, subflow);
        PathSlot slot = slots.get(path);
        boolean othersDeliver = slots.all().stream().anyMatch(other -> !other.isWanting())
                && slots.all().stream().noneMatch(other -> other.hasSubflow() && other.isWanting());
        if (slot == null || stopped || !othersDeliver) {
            return false;
        }
        boolean begins = slot.onCrowdedOut();
        if (slot.isCrowdedOut()) {
            redials.rest(slot);
        }
        return begins;
    }

    /**
     * A path's subflow is stale or suspect: others are dialled beside it, until it or one of them delivers.
     *
     * @param path the path
     * @param subflow its channel
     * @param carriedBytes how much of the stream it has carried, both ways
     */
    public void onSubflowDoubtful(Path path, Channel subflow, long carriedBytes) {
        PathSlot slot = slots.get(path);
        if (slot != null && !stopped) {
            quickRedialsEarned |= slot.onDoubtful(subflow, carriedBytes, redials.nowNanos());
            redials.search(slot, slot.backoff.replacementDelayNanos());
            redials.onRoom();
        }
    }

    /**
     * No subflow delivers any more, be it that they are gone, stale or suspect. What was learnt of each path's failures says
     * little now, and all are dialled soon; but only once, until a subflow has earned it again.
     */
    public void onNoneDelivers() {
        if (stopped) {
            return;
        }
        redials.onNoneDelivers();
        if (quickRedialsEarned) {
            quickRedialsEarned = false;
            redials.beginAnew();
        }
    }

    /**
     * A path more for a session that there is: dialled at once.
     *
     * @param path the path
     * @return false if it is there already, or the manager was stopped
     */
    public boolean addPath(Path path) {
        boolean added = addHeldPath(path);
        if (added) {
            slots.of(path).forEach(slot -> {
                slot.release();
                dial(slot);
            });
        }
        return added;
    }

    /**
     * As {@link #addPath}, but it is held: {@link #hold}.
     *
     * @param path the path
     * @return false if it is there already, or the manager was stopped
     */
    public boolean addHeldPath(Path path) {
        if (stopped || paths().contains(path)) {
            return false;
        }
        slots.addAll(List.of(path));
        slots.of(path).forEach(PathSlot::hold);
        return true;
    }

    /**
     * A path of the session less: its attempts are given up. Its subflow is the caller's to close.
     *
     * @param path the path
     * @return false if it is not there
     */
    public boolean removePath(Path path) {
        List<PathSlot> removed = slots.of(path);
        slots.all().removeAll(removed);
        for (PathSlot slot : removed) {
            slot.cancelRedial();
            slot.cancelAttempts(false);
        }
        return !removed.isEmpty();
    }

    /**
     * A path is not dialled until it is let go again; its attempts are given up, its subflows stay.
     *
     * @param path the path; nothing is done if it is not there, or held already
     */
    public void hold(Path path) {
        slots.of(path).stream().filter(slot -> !slot.isHeld()).forEach(PathSlot::hold);
    }

    /**
     * A path that was held is dialled again, in its time.
     *
     * @param path the path; nothing is done if it is not there, or not held
     */
    public void release(Path path) {
        slots.of(path).stream().filter(PathSlot::isHeld).forEach(slot -> {
            slot.release();
            if (!stopped) {
                redials.search(slot, slot.backoff.delayNanos());
            }
        });
    }

    /** {@return the paths that it keeps supplied, a copy} */
    public List<Path> paths() {
        return slots.paths();
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

    private void dial(PathSlot slot) {
        if (slot.isHeld()) {
            return;
        }
        SubflowDialer attempt = new SubflowDialer(slot.path, dialerListener);
        slot.begin(attempt);
        attempt.dial(eventLoop, transport, options.get(), (int)
                Math.min(policy.attemptTimeout().toMillis(), Integer.MAX_VALUE));
        goOn(slot);
    }

    /** The next attempt on a path follows in its time, if there is a session, unless the path delivers before. */
    private void goOn(PathSlot slot) {
        if (connectionId != null && !stopped && slots.has(slot)) {
            redials.goOn(slot);
        }
    }

    private void join(SubflowDialer dialer) {
        dialer.greet(connectionId, listener.offer());
    }

    /** The race is decided: all other paths join. */
    private void joinOthers() {
        race.onDecided(this::join);
        race = null;
        // Meanwhile a transport is called, which may be the application's and change the paths, or close the
        // channel.
        for (PathSlot slot : slots.copy()) {
            if (stopped || !slots.has(slot)) {
                continue;
            }
            // Too late: their answer would be a session of its own.
            slot.attempts().stream().filter(SubflowDialer::hasAskedForSession).forEach(slot::cancel);
            if (slot.isAtRest() && !slot.hasSubflow()) {
                dial(slot);
            } else {
                goOn(slot);
            }
        }
    }

    private final class DialerListener implements SubflowDialer.Listener {
        @Override
        public void onConnected(SubflowDialer dialer, long connectNanos) {
            PathSlot slot = slots.get(dialer);
            if (slot == null) {
                return;
            }
            if (connectionId != null) {
                goOnLater(slot);
                join(dialer);
            } else {
                race.onConnected(dialer, connectNanos);
            }
        }

        @Override
        public void onEstablished(SubflowDialer dialer, ConnectionId answered, EstablishedSubflow subflow) {
            PathSlot slot = slots.get(dialer);
            if (slot == null) {
                if (cut && !dialer.hasAskedForSession()) {
                    subflow.reset();
                } else {
                    subflow.discard();
                }
                return;
            }
            slot.onEstablished(dialer, subflow, redials.nowNanos());
            goOnLater(slot);
            history.onRtt(slot.path.whole(), subflow.handshakeRttNanos());
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
            PathSlot slot = slots.get(dialer);
            if (slot == null) {
                return;
            }
            DialFailure failure = DialFailure.of(cause);
            slot.onFailed(dialer, failure);
            history.onFailed(slot.path.whole());
            listener.onPathFailed(slot.path, cause);
            if (stopped || !slots.has(slot)) {
                // Perhaps removed just for that.
                return;
            }
            if (connectionId != null) {
                if (failure == DialFailure.SILENCE) {
                    goOn(slot);
                } else {
                    goOnLater(slot);
                }
                return;
            }
            AllPathsFailedException allFailed =
                    race.onFailed(dialer, cause, slots.all().size());
            if (allFailed != null) {
                stop(false);
                listener.onAllPathsFailed(allFailed);
            }
        }
    }

    /** The path answers, for good or bad: the next attempt is not to be made as soon as it was meant to be. */
    private void goOnLater(PathSlot slot) {
        slot.cancelRedial();
        goOn(slot);
    }
}
