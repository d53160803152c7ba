package dev.multipath.channel;

/**
 * Fired through the pipeline of a {@link MultipathChannel} as a user event when its session is left without subflows, when it
 * has one again, and when its peer is going away. While it has none, what is written is kept as far as there is room, and the
 * channel stays active. On the channel's event loop; in the extended profile only.
 */
public enum MultipathSessionEvent {
    /**
     * The last subflow is lost. The session waits for another, a client dials all its paths; after {@link
     * MultipathChannelOption#RESUMPTION_TIMEOUT} the session fails.
     */
    SUSPENDED,
    /** The session has a subflow again; what was lost with the last ones is repeated. */
    RESUMED,
    /**
     * The peer will end soon: it takes no new sessions, and ends this one if it is not over in time. Nothing else changes for
     * this one; the next one is better opened elsewhere.
     */
    GOING_AWAY
}
