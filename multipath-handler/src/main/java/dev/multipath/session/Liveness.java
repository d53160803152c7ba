package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import java.util.random.RandomGenerator;

/**
 * Finds out which subflows deliver: pings the silent ones, and calls stale what does not answer in the time it should,
 * until it does.
 */
final class Liveness {

    private final MultipathSession session;
    private final long probeIntervalNanos;
    private final SubflowSet subflows;
    private final Retransmitter retransmitter;
    private final Losses losses;
    private final RandomGenerator random;

    Liveness(
            MultipathSession session,
            long probeIntervalNanos,
            SubflowSet subflows,
            Retransmitter retransmitter,
            Losses losses,
            RandomGenerator random) {
        this.session = session;
        this.probeIntervalNanos = probeIntervalNanos;
        this.subflows = subflows;
        this.retransmitter = retransmitter;
        this.losses = losses;
        this.random = random;
    }

    void onActivated(Subflow subflow, long nowNanos) {
        scheduleProbe(subflow, nowNanos);
        pingSilent(nowNanos);
    }

    /** A ping is to be answered, a pong is an answer; the other numbers say nothing here, as to the Go peer. */
    void onControl(Subflow subflow, ControlFrame control, long nowNanos) {
        if (control.isPing()) {
            subflow.requestPong();
            if (session.profile() == Profile.EXTENDED && subflow.state() != SubflowState.JOINING) {
                // Once for each ping, and not for each attempt to send the pong to a channel that is full.
                subflow.acks().request(nowNanos);
            }
        } else if (control.isPong()) {
            // Before the answer, which may make it longer.
            long overdueSinceNanos = nowNanos - subflow.retransmissionTimeoutNanos();
            if (subflow.onPong(nowNanos) && session.profile() == Profile.BASE) {
                retransmitter.onPong(subflow, overdueSinceNanos);
                losses.onAnswered(subflow.pingSentAtNanos());
                askIfPeerLives(subflow);
            }
            onDelivered(subflow);
        }
    }

    /** What was sent on the subflow has arrived. */
    void onDelivered(Subflow subflow) {
        if (subflow.probation().takePassed()) {
            subflows.update();
        }
        if (subflow.state() == SubflowState.STALE) {
            subflows.activate(subflow);
            session.emit(SessionEvent.of(SessionEvent.Kind.RECOVERED, subflow, null));
        }
    }

    /** A subflow of the base profile is gone: if in disorder, the others show whether the peer goes on. */
    void onLost() {
        subflows.members().forEach(this::askIfPeerLives);
    }

    private void askIfPeerLives(Subflow subflow) {
        if (losses.unanswered() != null) {
            subflow.requestPing();
        }
    }

    /** A newcomer may stand in for one that died without our knowing: who was not heard of lately is asked. */
    void pingSilent(long nowNanos) {
        for (Subflow subflow : subflows.members()) {
            if (nowNanos - subflow.heardAtNanos() > subflow.smoothedRttNanos()) {
                subflow.requestPing();
            }
        }
    }

    void onTimeout(long nowNanos) {
        boolean listening = session.wantsInput();
        for (int i = 0; i < subflows.members().size(); i++) {
            Subflow subflow = subflows.members().get(i);
            if (!listening) {
                subflow.onNotListening(nowNanos);
            } else if (isOverdue(subflow, nowNanos)) {
                markStale(subflow, nowNanos);
            }
            if (nowNanos >= subflow.probeAtNanos()) {
                probe(subflow, nowNanos);
            }
        }
        if (subflows.active().isEmpty() && session.profile() == Profile.BASE) {
            retransmitter.onTimeout(subflows.members(), nowNanos);
        }
    }

    private boolean isOverdue(Subflow subflow, long nowNanos) {
        return subflow.state() == SubflowState.ACTIVE && nowNanos >= subflow.staleAtNanos() && mayBecomeStale(subflow);
    }

    /**
     * In the base profile the last subflow with nothing but a ping on the way is not called stale: a Go peer that has stopped
     * reading does not answer, and it would only keep the subflow from being tried. In the extended profile all is always
     * read; and a client that only receives would never dial again.
     */
    private boolean mayBecomeStale(Subflow subflow) {
        return session.profile() == Profile.EXTENDED || subflows.active().size() > 1 || !subflow.isIdle();
    }

    private void markStale(Subflow subflow, long nowNanos) {
        subflows.onStale(subflow);
        subflow.requestPing();
        retransmitter.onSubflowStale(subflow, nowNanos);
        if (session.profile() == Profile.EXTENDED) {
            subflows.acknowledgeEverywhere(nowNanos);
        }
        session.emit(SessionEvent.of(SessionEvent.Kind.STALE, subflow, null));
    }

    private void probe(Subflow subflow, long nowNanos) {
        if (nowNanos - subflow.heardAtNanos() >= probeIntervalNanos / 2) {
            subflow.requestPing();
        }
        scheduleProbe(subflow, nowNanos);
    }

    /** Half to one and a half intervals from now, as the Go peer does, so that subflows do not probe in step. */
    private void scheduleProbe(Subflow subflow, long nowNanos) {
        subflow.probeAtNanos(nowNanos + probeIntervalNanos / 2 + random.nextLong(probeIntervalNanos));
    }

    long nextDeadlineNanos() {
        long deadlineNanos = MultipathSession.NO_DEADLINE;
        for (int i = 0; i < subflows.members().size(); i++) {
            Subflow subflow = subflows.members().get(i);
            deadlineNanos = Math.min(deadlineNanos, subflow.probeAtNanos());
            deadlineNanos = Math.min(
                    deadlineNanos, subflow.isWritable() ? subflow.acks().dueAtNanos() : MultipathSession.NO_DEADLINE);
            if (subflow.state() == SubflowState.ACTIVE && mayBecomeStale(subflow)) {
                deadlineNanos = Math.min(deadlineNanos, subflow.staleAtNanos());
            }
        }
        if (subflows.active().isEmpty() && !subflows.members().isEmpty() && session.profile() == Profile.BASE) {
            deadlineNanos = Math.min(deadlineNanos, retransmitter.timeoutAtNanos());
        }
        return deadlineNanos;
    }
}
