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
}
