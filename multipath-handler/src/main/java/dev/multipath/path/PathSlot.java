package dev.multipath.path;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;

/** What is going on with one path of a {@link PathManager}: its subflows, and the attempts that are made or waited for. */
final class PathSlot {

    /**
     * Side by side: one that has all the time that it may have, for paths slower than we think, and the latest two. Each is a
     * socket of its own, since TCP's timer for a SYN that was lost doubles from a second on.
     */
    static final int MAX_ATTEMPTS = 3;

    /**
     * A server finds out by asking that a subflow is dead that this end has lost already; meanwhile the attempts are ever longer
     * apart.
     */
    static final int MAX_CROWDED_OUT_TIMES = 4;

    final Path path;
    final RedialBackoff backoff;

    /** The oldest first. */
    private final List<SubflowDialer> attempts = new ArrayList<>(1);

    private Future<?> redial;

    /** It is not to be dialled for now. */
    private boolean held;

    /** How often in a row the server had no place for it. */
    private int crowdedOutTimes;

    /** Mostly one: a list is a fifth of a map. */
    private final List<Supply> supplies = new ArrayList<>(1);

    /** One subflow. */
    private static final class Supply {
        final Channel subflow;
        final Merit merit;

        /** It was let in, and is neither stale nor suspect. */
        boolean delivers;

        Supply(Channel subflow, Merit merit) {
            this.subflow = subflow;
            this.merit = merit;
        }
    }

    PathSlot(Path path, RedialBackoff backoff) {
        this.path = path;
        this.backoff = backoff;
    }

    // ---- its subflows

    boolean hasSubflow() {
        return !supplies.isEmpty();
    }

    /** Null if it is not, or no more, one of the path's. */
    private Supply supply(Channel subflow) {
        for (Supply supply : supplies) {
            if (supply.subflow == subflow) {
                return supply;
            }
        }
        return null;
    }

    /** Whether none of its subflows delivers. */
    boolean isWanting() {
        for (Supply supply : supplies) {
            if (supply.delivers) {
                return false;
            }
        }
        return true;
    }

    /** Whether it wants a subflow, and may be dialled for it. */
    boolean isSought() {
        return !held && isWanting();
    }

    void onEstablished(SubflowDialer attempt, EstablishedSubflow subflow, long nowNanos) {
        attempts.remove(attempt);
        supplies.add(new Supply(subflow.channel(), new Merit(nowNanos)));
        // Until it has earned something.
        backoff.onEstablished(subflow.handshakeRttNanos());
    }

    /** A subflow is let in, or delivers again: nothing more is needed. */
    void onDelivers(Channel subflow, long nowNanos) {
        Supply supply = supply(subflow);
        if (supply != null) {
            if (supply.merit.onDelivers(nowNanos)) {
                backoff.onRecovered();
            }
            supply.delivers = true;
            crowdedOutTimes = 0;
            backoff.onSupplied();
            cancelRedial();
            cancelAttempts(false);
        }
    }

    /** A subflow is gone. Returns whether it has earned quick redials. */
    boolean onLost(Channel subflow, long carriedBytes, long nowNanos) {
        Supply supply = supply(subflow);
        boolean earned = supply != null && take(supply.merit, carriedBytes, nowNanos);
        remove(supply, nowNanos);
        return earned;
    }

    void onRefused(Channel subflow, long nowNanos) {
        remove(supply(subflow), nowNanos);
    }

    private void remove(Supply supply, long nowNanos) {
        if (supplies.remove(supply)) {
            onDelivering(supply, nowNanos);
        }
    }

    /** As {@link #onLost}, of one that may deliver again. */
    boolean onDoubtful(Channel subflow, long carriedBytes, long nowNanos) {
        Supply supply = supply(subflow);
        if (supply == null || !supply.delivers) {
            // Suspect first, and then stale.
            return false;
        }
        boolean earned = take(supply.merit, carriedBytes, nowNanos);
        supply.merit.onDoubtful();
        onDelivering(supply, nowNanos);
        return earned;
    }

    /** It does not deliver any more, or is gone. */
    private void onDelivering(Supply noMore, long nowNanos) {
        if (noMore.delivers) {
            noMore.delivers = false;
            if (isWanting()) {
                backoff.onOutage(nowNanos);
            }
        }
    }

    private boolean take(Merit merit, long carriedBytes, long nowNanos) {
        boolean earned = merit.take(carriedBytes, nowNanos);
        if (earned) {
            backoff.reset();
        }
        return earned;
    }

    /**
     * The server has no place for another subflow.
     *
     * @return whether that was so often enough just now: more attempts would be in vain
     */
    boolean onCrowdedOut() {
        crowdedOutTimes++;
        return crowdedOutTimes == MAX_CROWDED_OUT_TIMES;
    }

    boolean isCrowdedOut() {
        return crowdedOutTimes >= MAX_CROWDED_OUT_TIMES;
    }

    /** There may be a place now. */
    void onRoom() {
        crowdedOutTimes = 0;
        cancelRedial();
    }

    // ---- its attempts

    /** A copy. */
    List<SubflowDialer> attempts() {
        return List.copyOf(attempts);
    }

    boolean isUnderWay(SubflowDialer attempt) {
        return attempts.contains(attempt);
    }

    /** Nothing is under way, and nothing waited for. */
    boolean isAtRest() {
        return attempts.isEmpty() && redial == null;
    }

    void begin(SubflowDialer attempt) {
        if (attempts.size() == MAX_ATTEMPTS) {
            attempts.remove(1).cancel(false);
            backoff.onFailed(DialFailure.SILENCE);
        }
        attempts.add(attempt);
        backoff.onDialled();
    }

    void onFailed(SubflowDialer attempt, DialFailure failure) {
        attempts.remove(attempt);
        backoff.onFailed(failure);
    }

    boolean isHeld() {
        return held;
    }

    /** It is not to be dialled for now: its attempts are given up. */
    void hold() {
        held = true;
        cancelRedial();
        cancelAttempts(false);
    }

    void release() {
        held = false;
    }

    boolean awaitsRedial() {
        return redial != null;
    }

    void awaitRedial(Future<?> timer) {
        cancelRedial();
        redial = timer;
    }

    void cancelRedial() {
        if (redial != null) {
            redial.cancel(false);
            redial = null;
        }
    }

    /** The session is left unfinished, or not: {@link SubflowDialer#cancel}. */
    void cancelAttempts(boolean cut) {
        List<SubflowDialer> cancelled = attempts();
        attempts.clear();
        cancelled.forEach(attempt -> attempt.cancel(cut));
    }

    void cancel(SubflowDialer attempt) {
        if (attempts.remove(attempt)) {
            attempt.cancel(false);
        }
    }
}
