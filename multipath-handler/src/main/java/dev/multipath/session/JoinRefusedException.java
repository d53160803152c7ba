package dev.multipath.session;

import dev.multipath.codec.PeerText;
import dev.multipath.codec.ResetFrame;

/** A subflow has not proved, or not in time, that it belongs to the session. It had no effect on the session. {@code
 * docs/PROTOCOL.md} 4.6. */
public final class JoinRefusedException extends SubflowViolationException {

    /** The peer's word as an exception. */
    static JoinRefusedException by(ResetFrame reset) {
        String what = reset.code() == ResetFrame.UNKNOWN_SESSION
                ? "the server there does not know the session (another one, or restarted)"
                : "refused by the peer, code " + reset.code();
        return new JoinRefusedException(
                reset.reason().isEmpty() ? what : what + ": " + PeerText.escape(reset.reason()));
    }

    JoinRefusedException(String message) {
        super(message);
    }
}
