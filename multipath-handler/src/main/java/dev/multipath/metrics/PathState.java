package dev.multipath.metrics;

/** What a path can do at the moment. */
public enum PathState {
    /** No subflow; it may be being dialled. */
    DOWN,
    /** Has a subflow that delivers. */
    ACTIVE,
    /** Has a subflow that is open but acknowledges nothing in the time it should. */
    STALE
}
