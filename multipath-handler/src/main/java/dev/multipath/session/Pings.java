package dev.multipath.session;

/** Pings and pongs on one subflow: what is to be asked, what is owed, and what was not answered yet. */
final class Pings {

    /** One pong answers all pings that came since the last; this bounds what a flood of pings costs. */
    private static final int MAX_PENDING_PONGS = 4;

    private int pendingPongs;
    private boolean pingPending;
    private boolean pingOutstanding;
    private long pingSentAtNanos;
    private long pingSequence;
    private long probeAtNanos;

    // ---- the peer's

    void requestPong() {
        pendingPongs = Math.min(pendingPongs + 1, MAX_PENDING_PONGS);
    }

    boolean takePong() {
        if (pendingPongs == 0) {
            return false;
        }
        pendingPongs--;
        return true;
    }

    // ---- our own

    /** Asks for a ping, unless one is on the way: the subflow is reliable, so a second would only queue behind it. */
    void request() {
        pingPending = !pingOutstanding;
    }

    boolean isRequested() {
        return pingPending;
    }

    /** Whether one is to leave now; it counts as sent then, behind so many copies of frames. */
    boolean take(long sentFrames, long nowNanos) {
        if (!pingPending) {
            return false;
        }
        pingPending = false;
        pingOutstanding = true;
        pingSentAtNanos = nowNanos;
        pingSequence = sentFrames;
        return true;
    }

    boolean isOutstanding() {
        return pingOutstanding;
    }

    /** When the last one was sent. */
    long sentAtNanos() {
        return pingSentAtNanos;
    }

    /** The {@link SentFrame.Transmission#sequence} before which everything was sent ahead of the last one. */
    long sequence() {
        return pingSequence;
    }

    /** A pong came. Returns whether one was expected. */
    boolean onPong() {
        boolean expected = pingOutstanding;
        pingOutstanding = false;
        return expected;
    }

    /** When the subflow, if it has been silent, is to be pinged. */
    long probeAtNanos() {
        return probeAtNanos;
    }

    void probeAtNanos(long atNanos) {
        probeAtNanos = atNanos;
    }
}
