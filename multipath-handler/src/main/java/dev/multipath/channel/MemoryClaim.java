package dev.multipath.channel;

/** What one session holds of a {@link MemoryBudget}, as the budget sees it when somebody has to go. Any thread, if nothing else is said. */
interface MemoryClaim {

    /**
     * What a session costs that holds nothing: its objects, its channel and pipeline, and the timers of both. By a histogram of a
     * server's heap with 10,000 of them that are suspended.
     */
    int SESSION_BYTES = 9 << 10;

    /** The newer, the higher. */
    long number();

    /** What the session holds. */
    long heldBytes();

    /** What is held for nothing: more than the session has ever carried; all, if nothing moves any more. */
    long wastedBytes(long nowNanos);

    /** What is given back if the session is ended. On the session's event loop. */
    long costBytes();

    /** How much of that is more than the session has ever carried. On the session's event loop. */
    long unearnedCostBytes();

    /** Whether it has been without subflows for longer than it has earned. On the session's event loop. */
    boolean isOverdue(long nowNanos);

    /** Whether it was told to go. */
    boolean isEvicted();

    /** Ends the session: its peer is told {@code GOING_AWAY} and why, the application by an exception, and nothing is waited for. */
    void evict();

    /** Whether the calling thread is the session's. */
    boolean isHere();

    /** Ends it now, on its loop, if it is not what has led here. */
    void endNow();
}
