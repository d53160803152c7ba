package dev.multipath.scheduler;

/** The frame that a {@link Scheduler} is to find a subflow for, and what waits behind it. */
public interface Offer {

    /** {@return how many payload bytes wait to be sent, this frame's among them} What the application has flushed and no frame carries yet. */
    long queuedBytes();

    /**
     * {@return how many payload bytes may leave at the most until this frame has arrived} Then the peer's credit, the window or
     * the send buffer is used up: a frame that takes its time on a slow path would stop the others.
     */
    long roomBytes();

    /** {@return whether it was sent before, and has to be again} Everything behind it waits for it. */
    boolean isRepetition();

    /**
     * {@return how late this end's thread comes to what is due} So much of what is known of the ways of this session may be the
     * thread's own: ways that differ by less cannot be told apart. Next to nothing unless it is busy.
     */
    default long lateNanos() {
        return 0;
    }

    /**
     * {@return how many payload bytes others carry of which a subflow has not been asked yet whether it carries a copy} For a {@link
     * CopyingScheduler}; 0 for all others.
     *
     * @param subflow one of those that are chosen from
     */
    default long uncopiedBytes(SubflowView subflow) {
        return 0;
    }

    /** {@return how urgent its first byte is} */
    default Urgency urgency() {
        return Urgency.NORMAL;
    }

    /**
     * {@return how many of {@link #queuedBytes()} are to arrive by {@link #deadlineNanos()}; 0 if nobody has said when} They are the
     * first of them.
     */
    default long dueBytes() {
        return 0;
    }

    /** {@return when those are to have arrived, by the session's clock; {@link Long#MAX_VALUE} if nobody has said} */
    default long deadlineNanos() {
        return Long.MAX_VALUE;
    }
}
