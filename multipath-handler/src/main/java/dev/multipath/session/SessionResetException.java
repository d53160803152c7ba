package dev.multipath.session;

/** One end has given the session up. */
public final class SessionResetException extends MultipathException {

    private final long code;
    private final String reason;

    SessionResetException(String who, long code, String reason) {
        super(who + " reset the session, code " + code + (reason.isEmpty() ? "" : ": " + reason));
        this.code = code;
        this.reason = reason;
    }

    /** One of {@link dev.multipath.codec.ResetFrame}'s, or the application's own. */
    public long code() {
        return code;
    }

    /** For people; may be empty. */
    public String reason() {
        return reason;
    }
}
