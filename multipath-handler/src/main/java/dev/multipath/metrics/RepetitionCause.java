package dev.multipath.metrics;

/** Why a data frame was sent again, or a second time. More causes may come: a switch over them needs a default. */
public enum RepetitionCause {
    /** The subflow that carried it is gone. */
    FAILURE,
    /** The subflow that carried it acknowledges nothing any more, so that another one carries it too. */
    STALENESS,
    /** The receiver has dropped it for want of room. In the base profile only. */
    DROPPED,
    /** No subflow delivers any more, and this is the lowest frame, tried once more. In the base profile only. */
    LAST_RESORT,
    /** A copy beside the first: the path has to show that it delivers data, as some got stuck on it before. */
    TRIAL,
    /** A copy beside the first: everything behind it waits for it, and another subflow is free and brings it earlier. */
    HEAD_OF_LINE,
    /** A copy beside the first: there is nothing more to send, and another subflow brings what is left earlier. */
    TAIL,
    /** A copy beside the first: the scheduler has some frames, or all, carried by several subflows. */
    REDUNDANCY
}
