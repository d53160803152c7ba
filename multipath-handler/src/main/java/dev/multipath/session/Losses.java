package dev.multipath.session;

/**
 * Whether a subflow was lost in disorder (a reset, a violation, an end inside a frame), and nothing has told since that the
 * peer goes on without it. Who leaves a session of the base profile unfinished resets all its subflows, but these ends do not
 * arrive in the order in which they were made, and one that was closed in order before may be held back on its way. So an
 * orderly end is believed only if the peer has answered something that was sent after the last disorderly one: {@code
 * docs/PROTOCOL.md} 2.2.
 */
final class Losses {

    private Throwable unanswered;
    private long lostAtNanos;

    /** A subflow is gone; the cause is null if it ended in order. */
    void onLost(Throwable cause, long nowNanos) {
        if (cause != null) {
            unanswered = cause;
            lostAtNanos = nowNanos;
        }
    }

    /** The peer has answered what was sent to it then. */
    void onAnswered(long sentAtNanos) {
        if (sentAtNanos >= lostAtNanos) {
            unanswered = null;
        }
    }

    /** Why the last one was lost of which the peer's further life is not known; or null. */
    Throwable unanswered() {
        return unanswered;
    }
}
