package dev.multipath.session;

/** The peer has given a subflow up. */
public final class PathClosedException extends MultipathException {

    private final long code;
    private final String reason;

    PathClosedException(long code, String reason) {
        super("the peer closed the path, code " + code + (reason.isEmpty() ? "" : ": " + reason));
        this.code = code;
        this.reason = reason;
    }

    /** One of {@link dev.multipath.codec.PathCloseFrame}'s, or the peer's application's own. */
    public long code() {
        return code;
    }

    /** For people; may be empty. */
    public String reason() {
        return reason;
    }
}
