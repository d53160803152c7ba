package dev.multipath.session;

/**
 * The time that a session is without subflows, and how much of it there may be. It counts from the last real progress: the
 * loss of subflows that had brought the stream on since the loss before, or lasted a while. A peer that lets every subflow in
 * and then drops it would else be dialled, and the session kept, for ever.
 */
final class Suspension {

    /** Subflows that last so long are progress, though nobody has had anything to say; with a shorter time-out, that. */
    static final long STABLE_NANOS = 5_000_000_000L;

    private final SendWindow sendWindow;
    private final ReceiveWindow receiveWindow;

    private long suspendedUntilNanos = Deadline.NONE;
    private long lostAtNanos;
    private long resumedAtNanos;
    private long progressBefore = -1;

    Suspension(SendWindow sendWindow, ReceiveWindow receiveWindow) {
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
    }

    /** The last subflow is gone. Returns whether there is time left to wait for another. */
    boolean begin(long timeoutNanos, long nowNanos) {
        long progress = sendWindow.lowestFrameNumber() + receiveWindow.nextExpected();
        boolean lasted = nowNanos - resumedAtNanos >= Math.min(STABLE_NANOS, timeoutNanos);
        if (progress != progressBefore || lasted) {
            progressBefore = progress;
            lostAtNanos = nowNanos;
        }
        if (nowNanos - lostAtNanos >= timeoutNanos) {
            return false;
        }
        suspendedUntilNanos = lostAtNanos + timeoutNanos;
        return true;
    }

    /** A subflow has joined. Returns whether there was none. */
    boolean end(long nowNanos) {
        if (!isUnderWay()) {
            return false;
        }
        stop();
        resumedAtNanos = nowNanos;
        return true;
    }

    /** Nothing is waited for any more. */
    void stop() {
        suspendedUntilNanos = Deadline.NONE;
    }

    boolean isUnderWay() {
        return suspendedUntilNanos != Deadline.NONE;
    }

    /** When the session gives up waiting. */
    long untilNanos() {
        return suspendedUntilNanos;
    }
}
