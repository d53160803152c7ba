package dev.multipath.path;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How long a path waits for its next attempt.
 *
 * <pre>
 *                a subflow is lost, stale or suspect             refused, or no way there
 *   SUPPLIED ────────────────────────────────────► SEARCHING ──────────────────────────────► BACKING_OFF
 *       ▲                                            │    ▲        silence; interfaces change     │
 *       └──────────── a subflow is let in ───────────┴────┴───────────────────────────────────────┘
 * </pre>
 *
 * <p><b>Searching</b> costs one small packet an attempt and nobody at the other end anything, so it is done at a steady pace that
 * slows with the outage: a path's return is noticed within {@link #SEARCH_NANOS}, or a hundredth of what the outage lasted. Only
 * for paths that have worked: others wait as long as TCP's own timer. <b>Backing off</b> doubles with every failure in a row.
 * A handshake is no success: a peer that accepts and closes, or a path that flaps before it has delivered anything, would be
 * dialled for ever. See {@link Merit}.
 */
final class RedialBackoff {

    /** Of attempts side by side: RFC 8305 section 5's. With the handshake behind it, the path is used .5 s after its return. */
    static final long SEARCH_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** While no subflow delivers the application stands still: ten small packets a second are nothing beside that. */
    static final long URGENT_SEARCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Who was away for a minute is not missed for .6 s more: 100 attempts until the outage is e times as long. */
    private static final long OUTAGE_PART = 100;

    /** A path that never worked: TCP's first SYN timer (RFC 6298 section 2.1), doubled as that is. */
    private static final long FIRST_SEARCH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** An attempt shows after a round trip that it goes on; but one of a full queue is not waited for longer than this. */
    private static final long MAX_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    enum State {
        /** A subflow delivers. */
        SUPPLIED,
        /** No answer so far. */
        SEARCHING,
        /** The peer has answered and it came to nothing, or this host knows no way. */
        BACKING_OFF
    }

    private final DialPolicy policy;
    private final RandomGenerator random;
    private State state = State.SEARCHING;
    private boolean worked;
    private int failedInARow;
    private long outageSinceNanos;
    private long rttNanos = MAX_PATIENCE_NANOS;

    RedialBackoff(DialPolicy policy, RandomGenerator random) {
        this.policy = policy;
        this.random = random;
    }

    State state() {
        return state;
    }

    /** The path has no subflow that delivers any more. Without effect if it had none before. */
    void onOutage(long nowNanos) {
        if (state == State.SUPPLIED) {
            search(nowNanos);
        }
    }

    /** What was learnt of its failures says nothing any more: all paths are down, or this host has got another interface. */
    void onChange(long nowNanos) {
        failedInARow = 0;
        if (state != State.SUPPLIED) {
            search(nowNanos);
        }
    }

    private void search(long nowNanos) {
        state = State.SEARCHING;
        outageSinceNanos = nowNanos;
    }

    /** An attempt begins. */
    void onDialled() {
        if (countsWhenDialled()) {
            failedInARow++;
        }
    }

    /** An attempt counts once: of a path that has never worked when it begins, as there may be no end of it; else at its end. */
    private boolean countsWhenDialled() {
        return !worked && state == State.SEARCHING;
    }

    /** The peer has answered after so long; which is not yet a success. */
    void onEstablished(long handshakeRttNanos) {
        rttNanos = Math.min(rttNanos, handshakeRttNanos);
        if (!countsWhenDialled()) {
            failedInARow++;
        }
    }

    /** A subflow that was in doubt delivers again, and has to earn it anew: else each doubt would cost an attempt at once. */
    void onRecovered() {
        failedInARow++;
    }

    /** The peer has let the subflow in, or it delivers again. */
    void onSupplied() {
        state = State.SUPPLIED;
        worked = true;
    }

    /** An attempt has failed. */
    void onFailed(DialFailure failure) {
        if (failure != DialFailure.SILENCE) {
            failedInARow++;
            state = State.BACKING_OFF;
        } else if (state == State.BACKING_OFF) {
            state = State.SEARCHING;
        }
    }

    /** It was earned that the path is dialled soon. */
    void reset() {
        failedInARow = 0;
    }

    /** For the first attempt beside a subflow that may be dead: at once, if it was earned. */
    long replacementDelayNanos() {
        return failedInARow == 0 ? 0 : delayNanos();
    }

    /** For the first attempt after a loss, and between all that are not answered by silence. */
    long delayNanos() {
        return jittered(doubled(policy.redialDelay().toNanos(), failedInARow), 2);
    }

    /**
     * From one attempt to the next.
     *
     * @param urgent whether no path delivers
     */
    long intervalNanos(boolean urgent, long nowNanos) {
        if (state == State.BACKING_OFF) {
            return delayNanos();
        }
        if (!worked) {
            return jittered(doubled(FIRST_SEARCH_NANOS, failedInARow - 1), 4);
        }
        long paceNanos = Math.max(urgent ? URGENT_SEARCH_NANOS : SEARCH_NANOS, rttNanos);
        long slowedNanos = Math.max(doubled(paceNanos, failedInARow), (nowNanos - outageSinceNanos) / OUTAGE_PART);
        return jittered(Math.min(slowedNanos, policy.maxRedialDelay().toNanos()), 4);
    }

    private long doubled(long firstNanos, int times) {
        long maxNanos = policy.maxRedialDelay().toNanos();
        long delayNanos = firstNanos;
        for (int i = 0; i < times && delayNanos < maxNanos; i++) {
            delayNanos *= 2;
        }
        return Math.min(delayNanos, maxNanos);
    }

    /** So that clients do not return in step: by chance, this part less to as much more. */
    private long jittered(long delayNanos, int part) {
        return delayNanos - delayNanos / part + random.nextLong(2 * delayNanos / part + 1);
    }
}
