package dev.multipath.session;

import dev.multipath.codec.PeerText;
import dev.multipath.codec.ResetFrame;

/** One end has given the session up: {@code docs/PROTOCOL.md} 4.5. */
public final class SessionResetException extends MultipathException {

    private final long code;
    private final String reason;

    /**
     * {@return the peer's word as an exception}
     *
     * @param reset how it came
     */
    public static SessionResetException by(ResetFrame reset) {
        return new SessionResetException("the peer", reset.code(), reset.reason());
    }

    SessionResetException(String who, long code, String reason) {
        super(who + " reset the session, code " + code + (reason.isEmpty() ? "" : ": " + PeerText.escape(reason)));
        this.code = code;
        this.reason = reason;
    }

    /** {@return one of {@link dev.multipath.codec.ResetFrame}'s codes, or the application's own} */
    public long code() {
        return code;
    }

    /** {@return a reason for people; may be empty; as it came, so {@link PeerText#escape} is due before it is shown} */
    public String reason() {
        return reason;
    }
}
