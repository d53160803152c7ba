package dev.multipath.channel;

/**
 * Fired through the pipeline of a {@link MultipathChannel} as a user event when its session is left without subflows, and
 * when it has one again. In between, what is written is kept as far as there is room, and the channel stays active. On the
 * channel's event loop; in the extended profile only.
 */
public enum MultipathSessionEvent {
    /**
     * The last subflow is lost. The session waits for another, a client dials all its paths; after {@link
     * MultipathChannelOption#RESUMPTION_TIMEOUT} the session fails.
     */
    SUSPENDED,
    /** The session has a subflow again; what was lost with the last ones is repeated. */
    RESUMED
}
