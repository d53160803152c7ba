package dev.multipath.scheduler;

/** What a {@link Scheduler} may know of a subflow. Valid during the call it is handed to, on the session's thread. */
public interface SubflowView {

    /** {@return its number, unique within the session and never reused; they grow in the order of joining} */
    int id();

    /** {@return the smoothed round-trip time (RFC 6298) in nanoseconds; {@link Long#MAX_VALUE} while unknown} */
    long smoothedRttNanos();

    /** {@return the lowest round-trip time of late in nanoseconds; {@link Long#MAX_VALUE} while unknown} */
    long minRttNanos();

    /** {@return how much round-trip times vary (RTTVAR of RFC 6298) in nanoseconds; tells nothing before the first sample} */
    long rttVarianceNanos();

    /** {@return how many payload bytes a second it has shown to deliver; 0 while unknown} */
    double deliveryRateBytesPerSecond();

    /** {@return whether the path has not been seen at its limit yet} The delivery rate tells the least that it can do then. */
    boolean isRateGrowing();

    /** {@return how many bytes its transport may have in the network at present: its congestion window; 0 while unknown} */
    default long transportWindowBytes() {
        return 0;
    }

    /** {@return the payload bytes sent on this subflow and not acknowledged} */
    long inFlightBytes();

    /** {@return above how many {@link #inFlightBytes()} more would only queue} */
    long inFlightLimitBytes();

    /**
     * {@return for how long it has been silent, if it is late: nothing is acknowledged that should have been by now; else 0}
     * As long as that it may well be silent from now on: who has been so for a moment goes on in a moment.
     */
    default long silentNanos() {
        return 0;
    }

    /**
     * {@return whether this subflow can take a frame now: it has room in flight, its channel is writable, and it is not late
     * while another is in time}
     */
    boolean canTake();

    /**
     * {@return whether it {@link #canTake()}, or something will tell when it can} A frame that waits for another one may wait for
     * ever.
     */
    default boolean isUsable() {
        return canTake() || inFlightBytes() > 0;
    }

    /** {@return when something came on it last; {@link Long#MIN_VALUE} if it is not known} */
    default long heardAtNanos() {
        return Long.MIN_VALUE;
    }

    /** {@return how many payload bytes it was given since it joined, copies too} */
    default long sentBytes() {
        return 0;
    }

    /** {@return whether either end wants data to go over it only while no other delivers} */
    default boolean isBackup() {
        return false;
    }

    /** {@return the name of its path; empty if it has none} */
    default String label() {
        return "";
    }

    /** {@return what this end wants of its path} */
    default PathAttributes attributes() {
        return PathAttributes.DEFAULT;
    }
}
