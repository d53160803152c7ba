package dev.multipath.session;

import java.util.random.RandomGenerator;

/** Finds out which subflows deliver: probes the silent ones, and calls stale what does not answer in the time it should. */
final class Liveness {

    private final MultipathSession session;
    private final long probeIntervalNanos;
    private final SubflowSet subflows;
    private final Retransmitter retransmitter;
    private final RandomGenerator random;

    Liveness(
            MultipathSession session,
            long probeIntervalNanos,
            SubflowSet subflows,
            Retransmitter retransmitter,
            RandomGenerator random) {
        this.session = session;
        this.probeIntervalNanos = probeIntervalNanos;
        this.subflows = subflows;
        this.retransmitter = retransmitter;
        this.random = random;
    }

    void onActivated(Subflow subflow, long nowNanos) {
        scheduleProbe(subflow, nowNanos);
        pingSilent(nowNanos);
    }

    /** A newcomer may stand in for one that died without our knowing: who was not heard of lately is asked. */
    private void pingSilent(long nowNanos) {
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
        // With nothing on the way, being called stale would only keep the last subflow from being tried.
        return subflow.state() == SubflowState.ACTIVE
                && nowNanos >= subflow.staleAtNanos()
                && (subflows.active().size() > 1 || !subflow.isIdle());
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
        int activeCount = subflows.active().size();
        for (int i = 0; i < subflows.members().size(); i++) {
            Subflow subflow = subflows.members().get(i);
            deadlineNanos = Math.min(deadlineNanos, subflow.probeAtNanos());
            deadlineNanos = Math.min(
                    deadlineNanos, subflow.isWritable() ? subflow.acks().dueAtNanos() : MultipathSession.NO_DEADLINE);
            if (subflow.state() == SubflowState.ACTIVE && (activeCount > 1 || !subflow.isIdle())) {
                deadlineNanos = Math.min(deadlineNanos, subflow.staleAtNanos());
            }
        }
        if (activeCount == 0 && !subflows.members().isEmpty() && session.profile() == Profile.BASE) {
            deadlineNanos = Math.min(deadlineNanos, retransmitter.timeoutAtNanos());
        }
        return deadlineNanos;
    }
}
