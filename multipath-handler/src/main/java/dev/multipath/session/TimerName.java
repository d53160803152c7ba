package dev.multipath.session;

/** What a session waits for; what is due at the same time goes in this order. */
enum TimerName {
    /** A subflow has to prove that it belongs to the session. */
    JOIN,
    /** A subflow that has proved itself has to bring its peer's HELLO. */
    HELLO,
    /** Nothing was acknowledged on a subflow for its RTO: others carry what it carries. */
    STALE,
    /** Nothing was acknowledged on a subflow for a round trip: others get what is new. */
    LATE,
    /** The round trip of a subflow that was better once is known from long ago. */
    REFRESH,
    /** A subflow was silent for its probe interval. */
    PROBE,
    /** What the peer sends on a subflow may not arrive. */
    SUSPICION,
    /** An acknowledgement should not wait any longer; it leaves with what is transmitted next. */
    ACK,
    /** A frame that others wait for is overdue; a copy leaves with what is transmitted next. */
    OVERDUE,
    /** The scheduler wants to be asked again; what it then chooses leaves with what is transmitted next. */
    SCHEDULER,
    /** A path that has sent as fast as it may can send again, with what is transmitted next. */
    PACE,
    /** A path has no room, and its transport may know better by now: it is asked before what is transmitted next. */
    TRANSPORT,
    /** No subflow delivers: the lowest frame is tried once more. */
    LAST_RESORT,
    /** The peer's grant of credit may be lost: it is asked for. */
    CREDIT,
    /** The session was without a subflow for as long as it may be. */
    RESUMPTION,
    /** What was taken may be left unacknowledged from then on; the owner asks {@link SessionView#isDrained}. */
    LINGER
}
