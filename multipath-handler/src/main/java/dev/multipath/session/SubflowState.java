package dev.multipath.session;

/**
 * The life of a subflow in its session: {@code ACTIVE <-> STALE}, and from both to {@code CLOSED}. (Dialling and the
 * handshake come before a subflow joins the session.)
 */
public enum SubflowState {
    /** Carries data. */
    ACTIVE,
    /** Open, but acknowledges nothing in the time it should: gets probes, no data. */
    STALE,
    /** Gone. */
    CLOSED
}
