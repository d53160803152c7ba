package dev.multipath.scheduler;

import java.util.List;

/**
 * Decides which subflow carries the next frame. Called on the session's thread, once for every frame and only when the
 * frame could leave at once (data is bound late); one instance serves one session, so it may keep state.
 */
public interface Scheduler {

    /** The answer "none now: ask again when something has changed", as with the next acknowledgement. */
    int WAIT = -1;

    /**
     * Chooses among the subflows that are up and not stale.
     *
     * @param subflows in the order of their joining; not to be kept or changed
     * @param offer what is to be carried; valid during the call
     * @param nowNanos the session's time
     * @return the index of a subflow whose {@link SubflowView#canTake()} is true, or {@link #WAIT}
     */
    int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos);

    /**
     * {@return after {@link #WAIT}, when to ask again if nothing has changed before, by the session's clock; {@link Long#MAX_VALUE}
     * for not at all}
     */
    default long askAgainAtNanos() {
        return Long.MAX_VALUE;
    }
}
