package dev.multipath.session;

import dev.multipath.codec.PeerText;

/** The peer has given a subflow up: {@code docs/PROTOCOL.md} 4.7. */
public final class PathClosedException extends MultipathException {

    private final long code;
    private final String reason;

    PathClosedException(long code, String reason) {
        super("the peer closed the path, code " + code + (reason.isEmpty() ? "" : ": " + PeerText.escape(reason)));
        this.code = code;
        this.reason = reason;
    }

    /** {@return one of {@link dev.multipath.codec.PathCloseFrame}'s codes, or the peer's application's own} */
    public long code() {
        return code;
    }

    /** {@return a reason for people; may be empty; as it came, so {@link PeerText#escape} is due before it is shown} */
    public String reason() {
        return reason;
    }
}
