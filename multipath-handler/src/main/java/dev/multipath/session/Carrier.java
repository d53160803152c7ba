package dev.multipath.session;

/** What carries copies of frames, as these see it: below the subflow, which is one. */
interface Carrier {

    /** Whether it delivers, and can be relied on. */
    boolean isReliable();

    /** When the acknowledgement of a copy is so late that its path is more likely in trouble than just slow. */
    long overdueAtNanos(long sentAtNanos, long expectedAtNanos);

    /** A copy that it was given is no longer on the way. */
    void onResolved(int payloadBytes);
}
