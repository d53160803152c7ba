package dev.multipath.path;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.JoinOffer;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Keeps a client's paths supplied with subflows. First it races for the session: paths in the order of their last known
 * round-trip time, the next one dialled when the one before has failed or is slow (RFC 8305 section 5); whichever is answered
 * first names the session. Then it joins with all others, and redials what is lost, with back-off and jitter, until it is
 * stopped. Runs on the session's event loop.
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

    /** A subflow that lived this long was a success: the back-off of its path starts anew. */
    private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final EventLoop eventLoop;
    private final SubflowTransport transport;
    private final Supplier<Map<ChannelOption<?>, Object>> options;
    private final DialPolicy policy;
    private final PathHistory history;
    private final RandomGenerator random;
    private final Listener listener;

    private final List<PathSlot> slots = new ArrayList<>();
    private final DialerListener dialerListener = new DialerListener();

    private ConnectionId connectionId;
    private boolean stopped;
    private boolean cut;

    /** Paths that the race has not dialled yet. */
    private final ArrayDeque<PathSlot> untried = new ArrayDeque<>();

    /** Attempts that are connected and wait for their turn to ask for a session. */
    private final ArrayDeque<Connected> connected = new ArrayDeque<>();

    private final List<PathFailedException> failures = new ArrayList<>();
    private Future<?> nextDial;
    private Future<?> nextGreeting;

    /** An attempt, and how long its connection took. */
    private record Connected(SubflowDialer dialer, long connectNanos) {}

    /** What is going on with one path. */
    private static final class PathSlot {
        final Path path;
        SubflowDialer dialer;
        Future<?> redial;
        int subflows;
        int failedInARow;
        long establishedAtNanos;

        PathSlot(Path path) {
            this.path = path;
        }
    }

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
    }

    /**
     * Begins to dial.
     *
     * @param paths at least one
     */
    public void start(List<Path> paths) {
        history.order(paths).forEach(path -> slots().add(new PathSlot(path)));
        untried.addAll(slots());
        dialNextUntried();
    }

    /**
     * Gives up all attempts; established subflows are not touched.
     *
     * @param cutting whether the session is left unfinished: then a server of the base profile, for which an attempt to join
     *     may be a subflow already, must not take its end for that of the stream
     */
    public void stop(boolean cutting) {
        stopped = true;
        cut |= cutting;
        cancel(nextDial);
        cancel(nextGreeting);
        for (PathSlot slot : slots()) {
            cancel(slot.redial);
            if (slot.dialer != null) {
                slot.dialer.cancel(cut);
                slot.dialer = null;
            }
        }
        connected.clear();
        untried.clear();
    }

    /**
     * A subflow of a path is gone; the path is dialled again if it was its last.
     *
     * @param path the path; one that has been removed is not dialled
     */
    public void onSubflowLost(Path path) {
        PathSlot slot = slot(path);
        if (slot == null || stopped) {
            return;
        }
        slot.subflows--;
        if (System.nanoTime() - slot.establishedAtNanos >= STABLE_NANOS) {
            slot.failedInARow = 0;
        }
        if (slot.subflows == 0) {
            redialLater(slot, backoffNanos(slot));
        }
    }

    /** No subflow is left: what was learnt of each path's failures says little now, and all are dialled soon. */
    public void onAllSubflowsLost() {
        if (stopped) {
            return;
        }
        for (PathSlot slot : slots()) {
            cancel(slot.redial);
            slot.redial = null;
            slot.failedInARow = 0;
            if (slot.subflows == 0) {
                redialLater(slot, backoffNanos(slot));
            }
        }
    }

    /**
     * A path's subflow has gone stale: another is dialled beside it, unless it recovers soon.
     *
     * @param path the path
     */
    public void onSubflowStale(Path path) {
        PathSlot slot = slot(path);
        if (slot != null && !stopped) {
            redialLater(slot, Math.max(policy.replaceStaleAfter().toNanos(), backoffNanos(slot)));
        }
    }

    /**
     * A path's stale subflow answers again.
     *
     * @param path the path
     */
    public void onSubflowRecovered(Path path) {
        PathSlot slot = slot(path);
        if (slot == null || stopped) {
            return;
        }
        cancel(slot.redial);
        slot.redial = null;
        if (slot.dialer != null && slot.subflows > 0) {
            slot.dialer.cancel(false);
            slot.dialer = null;
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
        PathSlot slot = new PathSlot(path);
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
        cancel(slot.redial);
        if (slot.dialer != null) {
            slot.dialer.cancel(false);
            slot.dialer = null;
        }
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

    // ---- the race for the session

    private void dialNextUntried() {
        cancel(nextDial);
        PathSlot slot = untried.poll();
        if (slot == null) {
            return;
        }
        if (!untried.isEmpty()) {
            nextDial = later(policy.attemptDelay().toNanos(), this::dialNextUntried);
        }
        dial(slot);
    }

    /** One attempt asks for a session at a time, since each that is answered makes the server open one. */
    private void greetNextConnected() {
        cancel(nextGreeting);
        nextGreeting = null;
        Connected next = connected.poll();
        if (next != null) {
            nextGreeting = later(policy.answerDelayNanos(next.connectNanos()), this::greetNextConnected);
            next.dialer().greet(ConnectionId.ZERO, listener.offer());
        }
    }

    private void leaveRace(SubflowDialer dialer) {
        connected.removeIf(each -> each.dialer() == dialer);
    }

    private void onSession(ConnectionId newConnectionId) {
        connectionId = newConnectionId;
        cancel(nextDial);
        cancel(nextGreeting);
        listener.onSession(newConnectionId);
    }

    /** The race is decided: all other paths join. */
    private void joinOthers() {
        connected.forEach(each -> each.dialer().greet(connectionId, listener.offer()));
        connected.clear();
        untried.clear();
        for (PathSlot slot : slots()) {
            if (slot.dialer != null && slot.dialer.hasAskedForSession()) {
                // Too late: its answer would be a session of its own.
                slot.dialer.cancel(false);
                slot.dialer = null;
            }
            if (slot.dialer == null && slot.subflows == 0 && slot.redial == null) {
                dial(slot);
            }
        }
    }

    // ---- dialling

    private void dial(PathSlot slot) {
        slot.redial = null;
        slot.dialer = new SubflowDialer(slot.path, dialerListener);
        slot.dialer.dial(eventLoop, transport, options.get(), (int)
                Math.min(policy.attemptTimeout().toMillis(), Integer.MAX_VALUE));
    }

    private void redialLater(PathSlot slot, long delayNanos) {
        if (slot.dialer == null && slot.redial == null) {
            slot.redial = later(delayNanos, () -> dial(slot));
        }
    }

    /** Doubles with every failure in a row; half to one and a half times that, so that clients do not return in step. */
    private long backoffNanos(PathSlot slot) {
        long delayNanos = policy.redialDelay().toNanos();
        long maxNanos = policy.maxRedialDelay().toNanos();
        for (int i = 0; i < slot.failedInARow && delayNanos < maxNanos; i++) {
            delayNanos *= 2;
        }
        delayNanos = Math.min(delayNanos, maxNanos);
        return delayNanos / 2 + random.nextLong(delayNanos + 1);
    }

    private final class DialerListener implements SubflowDialer.Listener {
        @Override
        public void onConnected(SubflowDialer dialer, long connectNanos) {
            if (slot(dialer) == null) {
                return;
            }
            if (connectionId != null) {
                dialer.greet(connectionId, listener.offer());
            } else {
                connected.add(new Connected(dialer, connectNanos));
                if (nextGreeting == null) {
                    greetNextConnected();
                }
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
            slot.dialer = null;
            slot.subflows++;
            slot.establishedAtNanos = System.nanoTime();
            // Counted as failed until it has proved stable, or a peer that accepts and closes would be dialled forever.
            slot.failedInARow++;
            history.onRtt(slot.path, subflow.handshakeRttNanos());
            boolean first = connectionId == null;
            if (first) {
                onSession(answered);
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
            slot.failedInARow++;
            history.onFailed(slot.path);
            listener.onPathFailed(slot.path, cause);
            if (stopped || slot(slot.path) != slot) {
                // Perhaps removed just for that.
                return;
            }
            if (connectionId != null) {
                redialLater(slot, backoffNanos(slot));
            } else {
                onRaceAttemptFailed(dialer, cause);
            }
        }

        private void onRaceAttemptFailed(SubflowDialer dialer, Throwable cause) {
            leaveRace(dialer);
            failures.add(new PathFailedException(dialer.path(), cause));
            if (failures.size() == slots().size()) {
                stop(false);
                listener.onAllPathsFailed(new AllPathsFailedException(failures));
            } else {
                dialNextUntried();
                if (dialer.hasAskedForSession()) {
                    greetNextConnected();
                }
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

    private Future<?> later(long delayNanos, Runnable task) {
        return eventLoop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    }

    private static void cancel(Future<?> future) {
        if (future != null) {
            future.cancel(false);
        }
    }
}
