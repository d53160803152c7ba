package dev.multipath.codec;

/** The peer's preface names another session than it should; thrown by whoever knows the session, not by the decoder. */
public final class UnexpectedCidException extends MultipathProtocolException {
    private static final int OFFSET_IN_PREFACE = Preface.LENGTH - ConnectionId.LENGTH;

    private final ConnectionId expected;
    private final ConnectionId actual;

    /**
     * Names both sessions.
     *
     * @param expected the session that the subflow was to belong to
     * @param actual   the session that the peer named
     */
    public UnexpectedCidException(ConnectionId expected, ConnectionId actual) {
        super("unexpected connection ID " + actual + " instead of " + expected, OFFSET_IN_PREFACE);
        this.expected = expected;
        this.actual = actual;
    }

    /**
     * The session that the subflow was to belong to.
     *
     * @return its connection ID
     */
    public ConnectionId expected() {
        return expected;
    }

    /**
     * The session that the peer named.
     *
     * @return its connection ID
     */
    public ConnectionId actual() {
        return actual;
    }
}
