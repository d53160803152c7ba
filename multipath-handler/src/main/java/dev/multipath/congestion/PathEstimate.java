package dev.multipath.congestion;

/** What a session has measured of the path below a subflow. */
public interface PathEstimate {

    /** {@return the highest rate of late, in payload bytes a second; 0 while unknown} */
    double deliveryRateBytesPerSecond();

    /** {@return the lowest round-trip time of late; {@link Long#MAX_VALUE} while unknown} */
    long minRttNanos();

    /** {@return the payload bytes in flight} */
    long inFlightBytes();

    /**
     * {@return how many round trips there were: one is over when something is acknowledged that was sent after the first
     * acknowledgement of the one before}
     */
    long roundTrips();

    /** {@return how long the newest sample took, on the path and in front of it} */
    long newestRttNanos();

    /** {@return whether the newest sample took longer than the path without a queue} */
    boolean hasQueue();

    /**
     * {@return whether the newest sample was taken while the subflow was not used to its limit} For want of data, credit or
     * window, or since the scheduler waits for another subflow. Such a sample tells the least that the path can do.
     */
    boolean isLimitedByOthers();
}
