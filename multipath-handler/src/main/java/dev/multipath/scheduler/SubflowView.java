package dev.multipath.scheduler;

/** What a {@link Scheduler} may know of a subflow. Valid during the call it is handed to, on the session's thread. */
public interface SubflowView {

    /** Unique within the session, never reused. */
    int id();

    /** Smoothed round-trip time in nanoseconds; {@link Long#MAX_VALUE} while unknown. */
    long smoothedRttNanos();

    /** Payload bytes sent on this subflow and not acknowledged. */
    long inFlightBytes();

    /** Above this many {@link #inFlightBytes()} more would only queue. */
    long inFlightLimitBytes();

    /** Whether this subflow can take a frame now: it has room in flight and its channel is writable. */
    boolean canTake();
}
