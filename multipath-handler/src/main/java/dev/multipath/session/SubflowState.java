package dev.multipath.session;

/**
 * The life of a subflow in its session: {@code JOINING -> ACTIVE <-> STALE}, and from all to {@code CLOSED}. (Dialling and
 * the preface come before; in the base profile a subflow begins as {@code ACTIVE}.)
 */
public enum SubflowState {
    /** Has not shown yet that its peer speaks the session's profile and may join. */
    JOINING,
    /** Carries data. */
    ACTIVE,
    /** Open, but acknowledges nothing in the time it should: gets probes, no data. */
    STALE,
    /** Gone. */
    CLOSED
}
