package dev.multipath.session;

import dev.multipath.codec.PeerText;
import dev.multipath.codec.ResetFrame;

/** A subflow has not proved, or not in time, that it belongs to the session. It had no effect on the session. {@code
 * docs/PROTOCOL.md} 4.6. */
public final class JoinRefusedException extends SubflowViolationException {

    private final boolean crowded;

    JoinRefusedException(String message) {
        this(message, false);
    }

    private JoinRefusedException(String message, boolean crowded) {
        super(message);
        this.crowded = crowded;
    }

    /** The peer's word on our request. */
    static JoinRefusedException by(ResetFrame reset) {
        String what = "";
        if (reset.code() == ResetFrame.UNKNOWN_SESSION) {
            what = ", which does not know the session: another process has answered, or it was restarted";
        } else if (reset.code() == ResetFrame.WRONG_SERVER) {
            what = ", which is not the session's server";
        } else if (reset.code() == ResetFrame.TOO_MANY_SUBFLOWS) {
            what = ", which lets no more subflows into the session";
        }
        String reason = reset.reason().isEmpty() ? "" : ": " + PeerText.escape(reset.reason());
        return new JoinRefusedException(
                "refused by the peer" + what + ", code " + reset.code() + reason,
                reset.code() == ResetFrame.TOO_MANY_SUBFLOWS);
    }

    /** {@return whether the peer says that the session has as many subflows as it may have, and all deliver} */
    public boolean isCrowded() {
        return crowded;
    }
}
