package dev.multipath.session;

import dev.multipath.codec.ResetFrame;

/** One end has given the session up. */
public final class SessionResetException extends MultipathException {

    private final long code;
    private final String reason;

    /** The peer's word, to an end that has no session yet. */
    public static SessionResetException by(ResetFrame reset) {
        return new SessionResetException("the peer", reset.code(), reset.reason());
    }

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
