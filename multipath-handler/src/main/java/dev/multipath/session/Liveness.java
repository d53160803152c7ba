package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Finds out which subflows deliver: pings the silent ones, and calls stale what does not answer in the time it should,
 * until it does.
 */
final class Liveness {

    /**
     * A backup may be one that is paid for by the byte, or wakes a radio. It is not known to be dead so soon, but it is also not
     * the first to be asked for data. Still below the five minutes after which mobile networks forget connections.
     */
    private static final int BACKUP_FACTOR = 4;

    private final Consumer<SessionEvent> events;
    private final Negotiation negotiation;
    private final InputGate inputGate;
    private final long probeIntervalNanos;
    private final SubflowSet subflows;
    private final Retransmitter retransmitter;
    private final Losses losses;
    private final Suspicion suspicion;
    private final RandomGenerator random;

    Liveness(
            Consumer<SessionEvent> events,
            Negotiation negotiation,
            InputGate inputGate,
            long probeIntervalNanos,
            SubflowSet subflows,
            Retransmitter retransmitter,
            Losses losses,
            Suspicion suspicion,
            RandomGenerator random) {
        this.events = events;
        this.negotiation = negotiation;
        this.inputGate = inputGate;
        this.probeIntervalNanos = probeIntervalNanos;
        this.subflows = subflows;
        this.retransmitter = retransmitter;
        this.losses = losses;
        this.suspicion = suspicion;
        this.random = random;
    }

    void onActivated(SubflowControl subflow, long nowNanos) {
        scheduleProbe(subflow, nowNanos);
        pingSilent(nowNanos);
        suspicion.tellOn(subflow);
    }

    /** A ping is to be answered, a pong is an answer; the other numbers say nothing here, as to the Go peer. */
    void onControl(SubflowControl subflow, ControlFrame control, long nowNanos) {
        if (control.isPing()) {
            subflow.requestPong();
            if (negotiation.profile() == Profile.EXTENDED && subflow.state() != SubflowState.JOINING) {
                // Once for each ping, and not for each attempt to send the pong to a channel that is full.
                subflow.acks().request(nowNanos);
            }
        } else if (control.isPong()) {
            // Before the answer, which may make it longer.
            long overdueSinceNanos = nowNanos - subflow.retransmissionTimeoutNanos();
            if (subflow.onPong(nowNanos) && negotiation.profile() == Profile.BASE) {
                retransmitter.onPong(subflow, overdueSinceNanos);
                losses.onAnswered(subflow.pingSentAtNanos());
                askIfPeerLives(subflow);
            }
            onDelivered(subflow);
        }
    }

    /** What was sent on the subflow has arrived. */
    void onDelivered(SubflowControl subflow) {
        if (subflow.probation().takePassed() | subflow.takeLate()) {
            subflows.update();
        }
        if (subflow.state() == SubflowState.STALE) {
            subflows.activate(subflow);
            suspicion.tellOn(subflow);
            events.accept(SessionEvent.of(SessionEvent.Kind.RECOVERED, subflow, null));
        }
    }

    /** A subflow of the base profile is gone: if in disorder, the others show whether the peer goes on. */
    void onLost() {
        subflows.members().forEach(this::askIfPeerLives);
    }

    private void askIfPeerLives(SubflowControl subflow) {
        if (losses.unanswered() != null) {
            subflow.requestPing();
        }
    }

    /** A newcomer may stand in for one that died without our knowing: who was not heard of lately is asked. */
    void pingSilent(long nowNanos) {
        for (SubflowControl subflow : subflows.members()) {
            if (nowNanos - subflow.heardAtNanos() > subflow.smoothedRttNanos()) {
                subflow.requestPing();
            }
        }
    }

    void onTimeout(long nowNanos) {
        boolean listening = inputGate.isOpen();
        for (int i = 0; i < subflows.members().size(); i++) {
            SubflowControl subflow = subflows.members().get(i);
            if (!listening) {
                subflow.onNotListening(nowNanos);
            } else if (isOverdue(subflow, nowNanos)) {
                markStale(subflow, nowNanos);
            } else if (nowNanos >= subflow.lateAtNanos() && mayBecomeLate(subflow)) {
                if (subflow.late(nowNanos)) {
                    subflow.requestPing();
                }
                subflows.update();
            }
            if (nowNanos >= refreshAtNanos(subflow)) {
                subflow.requestPing();
            }
            if (nowNanos >= subflow.probeAtNanos()) {
                probe(subflow, nowNanos);
            }
        }
        if (subflows.active().isEmpty() && negotiation.profile() == Profile.BASE) {
            retransmitter.onTimeout(subflows.members(), nowNanos);
        }
    }

    /**
     * A subflow that the scheduler leaves out for its round trip, as it was once, would never get another sample. To a Go peer
     * no more pings than it knows: it answers none while its application does not read.
     */
    private long refreshAtNanos(SubflowControl subflow) {
        long refreshAtNanos = subflow.refreshAtNanos();
        // Mostly there is none: only then is it asked what the others do.
        return refreshAtNanos != Deadline.NONE
                        && negotiation.profile() == Profile.EXTENDED
                        && subflow.state() == SubflowState.ACTIVE
                        && !subflow.isBackup()
                        && subflows.carriesData()
                ? refreshAtNanos
                : Deadline.NONE;
    }

    private boolean isOverdue(SubflowControl subflow, long nowNanos) {
        return subflow.state() == SubflowState.ACTIVE && nowNanos >= subflow.staleAtNanos() && mayBecomeStale(subflow);
    }

    /**
     * In the base profile the last subflow with nothing but a ping on the way is not called stale: a Go peer that has stopped
     * reading does not answer, and it would only keep the subflow from being tried. In the extended profile all is always
     * read; and a client that only receives would never dial again.
     */
    private boolean mayBecomeStale(SubflowControl subflow) {
        return negotiation.profile() == Profile.EXTENDED || subflows.active().size() > 1 || !subflow.isIdle();
    }

    /** Only where another goes on, and can carry copies: not to a Go peer, which needless ones may harm. */
    private boolean mayBecomeLate(SubflowControl subflow) {
        return negotiation.profile() == Profile.EXTENDED
                && subflow.state() == SubflowState.ACTIVE
                && subflows.active().size() > 1;
    }

    private void markStale(SubflowControl subflow, long nowNanos) {
        subflows.onStale(subflow);
        subflow.requestPing();
        retransmitter.onSubflowStale(subflow, nowNanos);
        if (negotiation.profile() == Profile.EXTENDED) {
            subflows.acknowledgeEverywhere(nowNanos);
            suspicion.tellOf(subflow);
        }
        events.accept(SessionEvent.of(SessionEvent.Kind.STALE, subflow, null));
    }

    private void probe(SubflowControl subflow, long nowNanos) {
        if (nowNanos - subflow.heardAtNanos() >= probeIntervalNanos(subflow) / 2) {
            subflow.requestPing();
            scheduleProbe(subflow, nowNanos);
        } else {
            scheduleProbe(subflow, subflow.heardAtNanos());
        }
    }

    /** After half to one interval of silence, by chance, so that subflows do not probe in step; never more than one passes. */
    private void scheduleProbe(SubflowControl subflow, long silentSinceNanos) {
        long halfNanos = probeIntervalNanos(subflow) / 2;
        subflow.probeAtNanos(silentSinceNanos + halfNanos + random.nextLong(halfNanos + 1));
    }

    private long probeIntervalNanos(SubflowControl subflow) {
        return subflow.isBackup() ? BACKUP_FACTOR * probeIntervalNanos : probeIntervalNanos;
    }

    long nextDeadlineNanos() {
        long deadlineNanos = Deadline.NONE;
        for (int i = 0; i < subflows.members().size(); i++) {
            SubflowControl subflow = subflows.members().get(i);
            deadlineNanos = Math.min(deadlineNanos, subflow.probeAtNanos());
            deadlineNanos = Math.min(
                    deadlineNanos, subflow.isWritable() ? subflow.acks().dueAtNanos() : Deadline.NONE);
            if (subflow.state() == SubflowState.ACTIVE && mayBecomeStale(subflow)) {
                deadlineNanos = Math.min(deadlineNanos, subflow.staleAtNanos());
            }
            if (mayBecomeLate(subflow)) {
                deadlineNanos = Math.min(deadlineNanos, subflow.lateAtNanos());
            }
            deadlineNanos = Math.min(deadlineNanos, refreshAtNanos(subflow));
        }
        if (subflows.active().isEmpty() && !subflows.members().isEmpty() && negotiation.profile() == Profile.BASE) {
            deadlineNanos = Math.min(deadlineNanos, retransmitter.timeoutAtNanos());
        }
        return deadlineNanos;
    }
}
