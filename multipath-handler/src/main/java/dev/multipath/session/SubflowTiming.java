package dev.multipath.session;

import dev.multipath.session.SentFrame.Transmission;

/**
 * The round trips of one subflow, when it made progress last, and by when it should: what tells a subflow that is slow from one
 * that is late, or stale.
 */
final class SubflowTiming {

    /** The peer's acknowledgement may wait 2 ms, and its event loop takes its time. */
    private static final long GRACE_NANOS = 5_000_000;

    /** A ping in that time costs an unused path next to nothing, and a path that is good again is soon known as such. */
    private static final long MIN_REFRESH_NANOS = 500_000_000L;

    /** On long paths: so that the question is not on its way all the time. */
    private static final int REFRESH_RTTS = 2;

    /** What a thread measures that is so late tells more of itself than of a path: so many times its lateness passes between two questions. */
    private static final int REFRESH_LATENESSES = 32;

    /**
     * By then a subflow is stale though its transport has delivered all: who answers for the peer may be a proxy, and what is
     * behind it dead. As late as any subflow that was never slow.
     */
    private static final long MAX_ARRIVED_NANOS = RttEstimator.MAX_RTO_NANOS;

    private final RttEstimator rtt = new RttEstimator();
    private final Lateness lateness;

    private long progressAtNanos;
    private long heardAtNanos;
    private long notListeningAtNanos;

    /** When the transport said last that the peer's host has all that was sent. */
    private long arrivedAtNanos;

    /** When that was sent of which the newest answer came. */
    private long answeredSentAtNanos;

    /** Between what was sent before and its answer lies an outage, or a time in which we did not look. */
    private long undisturbedSinceNanos;

    /** How long it had been silent when that was looked at last, if it is late; else 0. */
    private long silentNanos;

    private long silentSinceNanos;

    SubflowTiming(Lateness lateness, long nowNanos) {
        this.lateness = lateness;
        progressAtNanos = nowNanos;
        heardAtNanos = nowNanos;
    }

    RttEstimator rtt() {
        return rtt;
    }

    /** The RTO of RFC 6298, and what this end takes to look. */
    long retransmissionTimeoutNanos() {
        return rtt.retransmissionTimeoutNanos() + lateness.nanos();
    }

    /** A ping may wait behind data. */
    long pingTimeoutNanos() {
        return 2 * retransmissionTimeoutNanos();
    }

    /**
     * When the acknowledgement of what is sent now would be so late that its path is more likely in trouble than just slow. By
     * what is known now: in trouble its round trips grow and vary.
     *
     * @param arrivesAtNanos when it should arrive, or {@link Deadline#NONE}
     */
    long overdueAtNanos(long arrivesAtNanos, long nowNanos) {
        if (arrivesAtNanos == Deadline.NONE) {
            return nowNanos + retransmissionTimeoutNanos();
        }
        long answerAtNanos = Math.max(arrivesAtNanos + rtt.minNanos() / 2, nowNanos + rtt.smoothedNanos());
        return answerAtNanos + varianceNanos();
    }

    private long varianceNanos() {
        return 4 * rtt.varianceNanos() + GRACE_NANOS + lateness.nanos();
    }

    // ---- what comes

    /** Something came, whatever it was. */
    void onHeard(long nowNanos) {
        heardAtNanos = nowNanos;
    }

    long heardAtNanos() {
        return heardAtNanos;
    }

    /** The peer's host has all that was sent, so its path is alive: if the peer is silent, it is slow. */
    void onArrived(long nowNanos) {
        arrivedAtNanos = nowNanos;
    }

    /** Something was answered; or is sent that could not have been before, since there was nothing to send. */
    void onProgress(long nowNanos) {
        progressAtNanos = nowNanos;
    }

    /**
     * Something that was sent then is answered. If that took so long, without any other progress, that it makes a subflow
     * stale, or would have done so if there had been another or a timer had been looked at, it was an outage, or a gap in
     * our own time. That tells nothing of round trips or rates; unless it happens again and again: see {@link RttEstimator}.
     * Returns whether it was one.
     */
    boolean onAnswer(long sentAtNanos, long timeoutNanos, boolean stale, long nowNanos) {
        long silentSinceNanos = Math.max(Math.max(sentAtNanos, progressAtNanos), notListeningAtNanos);
        boolean outage = stale || nowNanos - Math.max(silentSinceNanos, arrivedAtNanos) > timeoutNanos;
        if (outage) {
            undisturbedSinceNanos = nowNanos;
            if (silentSinceNanos < nowNanos) {
                // What comes with it ends the same silence.
                rtt.onLateAnswer();
            }
        }
        progressAtNanos = nowNanos;
        answeredSentAtNanos = sentAtNanos;
        return outage;
    }

    /** Whether the answer to what was sent then tells how long a round trip is. */
    boolean isSample(long sentAtNanos) {
        return sentAtNanos >= undisturbedSinceNanos;
    }

    /** Nothing is read at present, so silence tells nothing; and an answer that waits unread tells no round trip. */
    void onNotListening(long nowNanos) {
        notListeningAtNanos = nowNanos;
        undisturbedSinceNanos = nowNanos;
    }

    // ---- what should have come

    /** When that was sent of which the newest answer came; 0 if none has. */
    long answeredSentAtNanos() {
        return answeredSentAtNanos;
    }

    /**
     * When the subflow is stale if nothing is acknowledged before; {@link Deadline#NONE} if never. Later if the peer is slow and the
     * path alive, by all that is known: its host has all, and it has answered on no other subflow what was sent later.
     *
     * @param answeredElsewhereNanos when that was sent that the peer has answered on another subflow
     */
    long staleAtNanos(Transmission oldest, Pings pings, long answeredElsewhereNanos) {
        if (oldest != null) {
            return staleAtNanos(silentSinceNanos(oldest), retransmissionTimeoutNanos(), answeredElsewhereNanos);
        }
        return pings.isOutstanding()
                ? staleAtNanos(
                        Math.max(pings.sentAtNanos(), notListeningAtNanos), pingTimeoutNanos(), answeredElsewhereNanos)
                : Deadline.NONE;
    }

    private long staleAtNanos(long sinceNanos, long timeoutNanos, long answeredElsewhereNanos) {
        if (arrivedAtNanos <= sinceNanos || answeredElsewhereNanos > sinceNanos) {
            return sinceNanos + timeoutNanos;
        }
        return Math.min(arrivedAtNanos + timeoutNanos, sinceNanos + Math.max(timeoutNanos, MAX_ARRIVED_NANOS));
    }

    /**
     * When the subflow is late, if nothing is acknowledged before: a round trip and what it varies by have passed without
     * progress; then again whenever it has been silent for half as long again. {@link Deadline#NONE} if never.
     */
    long lateAtNanos(Transmission oldest) {
        if (isLate()) {
            return silentSinceNanos + silentNanos + silentNanos / 2;
        }
        if (oldest == null || !rtt.isKnown()) {
            return Deadline.NONE;
        }
        // What another subflow's acknowledgement has told of, its own may tell later.
        long toldNanos = oldest.frame.isAcknowledged() ? AckSchedule.MAX_TOLD_DELAY_NANOS : 0;
        return silentSinceNanos(oldest) + rtt.smoothedNanos() + varianceNanos() + toldNanos;
    }

    private long silentSinceNanos(Transmission oldest) {
        return Math.max(Math.max(progressAtNanos, oldest.sentAtNanos), notListeningAtNanos);
    }

    boolean isLate() {
        return silentNanos > 0;
    }

    /** It is late, or still is. Returns whether that is new. */
    boolean late(Transmission oldest, long nowNanos) {
        boolean isNew = !isLate();
        if (isNew) {
            silentSinceNanos = silentSinceNanos(oldest);
        }
        silentNanos = nowNanos - silentSinceNanos;
        return isNew;
    }

    /** How long it has been silent, if it is late; else 0. */
    long silentNanos() {
        return silentNanos;
    }

    /** It makes progress, or counts as stale from now on. Returns whether it was late. */
    boolean takeLate() {
        boolean was = isLate();
        silentNanos = 0;
        return was;
    }

    /** When what is known of a round trip that may be better is too old to choose by; never while it is asked. */
    long refreshAtNanos(Pings pings) {
        return pings.isOutstanding() || pings.isRequested() || !rtt.isDoubtful()
                ? Deadline.NONE
                : Math.max(rtt.sampledAtNanos(), pings.sentAtNanos())
                        + Math.max(
                                Math.max(MIN_REFRESH_NANOS, REFRESH_RTTS * rtt.smoothedNanos()),
                                REFRESH_LATENESSES * lateness.nanos());
    }
}
