package dev.multipath.scheduler;

/** A frame on its way, of which a {@link CopyingScheduler} may have a copy sent. */
public interface FrameView {

    /** {@return its size} */
    int payloadBytes();

    /** {@return how many subflows have a copy on the way, and make progress} */
    int copies();

    /** {@return how many payload bytes left before it, since the last time at which nothing was on the way} */
    long aheadBytes();

    /** {@return how many payload bytes there are behind it, on their way or waiting} */
    long behindBytes();

    /** {@return how many payload bytes this session has sent in all, without copies} */
    long sessionBytes();

    /** {@return whether what carries it makes no progress, or its acknowledgement is overdue} */
    boolean isAtRisk();

    /** {@return how urgent it is} */
    Urgency urgency();
}
