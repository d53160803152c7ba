package dev.multipath.session;

import dev.multipath.session.SessionEvent.OfSubflow;
import java.util.List;
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

    /** A short path may be late many times a second and yet deliver: each time a question would be no news. */
    private static final long MIN_LATE_PING_NANOS = 50_000_000;

    private final Consumer<SessionEvent> events;
    private final Negotiation negotiation;
    private final long probeIntervalNanos;
    private final SubflowSet subflows;
    private final Retransmitter retransmitter;
    private final Suspicion suspicion;
    private final RandomGenerator random;
    private long lookedAtNanos = Long.MIN_VALUE;

    Liveness(
            Consumer<SessionEvent> events,
            Negotiation negotiation,
            long probeIntervalNanos,
            SubflowSet subflows,
            Retransmitter retransmitter,
            Suspicion suspicion,
            RandomGenerator random) {
        this.events = events;
        this.negotiation = negotiation;
        this.probeIntervalNanos = probeIntervalNanos;
        this.subflows = subflows;
        this.retransmitter = retransmitter;
        this.suspicion = suspicion;
        this.random = random;
    }

    void onActivated(SubflowControl subflow, long nowNanos) {
        scheduleProbe(subflow, nowNanos);
        pingSilent(nowNanos);
        suspicion.tellOn(subflow);
    }

    /** What was sent on the subflow has arrived. */
    void onDelivered(SubflowControl subflow) {
        if (subflow.probation().takePassed() | subflow.timing().takeLate()) {
            subflows.update();
        }
        if (subflow.state() == SubflowState.STALE) {
            subflows.activate(subflow);
            suspicion.tellOn(subflow);
            events.accept(new OfSubflow(OfSubflow.Kind.RECOVERED, subflow));
        }
    }

    /** A newcomer may stand in for one that died without our knowing: who was not heard of lately is asked. */
    void pingSilent(long nowNanos) {
        for (SubflowControl subflow : subflows.members()) {
            if (nowNanos - subflow.heardAtNanos() > subflow.smoothedRttNanos()) {
                subflow.pings().request();
            }
        }
    }

    void tellDue(FirstDue first) {
        for (int i = 0; i < subflows.members().size(); i++) {
            SubflowControl subflow = subflows.members().get(i);
            first.offer(TimerName.STALE, staleAtNanos(subflow));
            first.offer(TimerName.LATE, lateAtNanos(subflow));
            first.offer(TimerName.REFRESH, refreshAtNanos(subflow));
            first.offer(TimerName.PROBE, subflow.pings().probeAtNanos());
        }
    }

    void onTime(long nowNanos) {
        List<SubflowControl> members = subflows.members();
        FirstDue.forEach(members, this::staleAtNanos, this::markStale, nowNanos);
        FirstDue.forEach(members, this::lateAtNanos, this::markLate, nowNanos);
        FirstDue.forEach(
                members, this::refreshAtNanos, (subflow, now) -> subflow.pings().request(), nowNanos);
        lookedAtNanos = nowNanos;
        FirstDue.forEach(members, subflow -> subflow.pings().probeAtNanos(), this::probe, nowNanos);
    }

    /** Before the timers, some time has passed. */
    void onTimePassed(long nowNanos) {
        if (!negotiation.profile().wantsInput()) {
            subflows.members().forEach(subflow -> subflow.timing().onNotListening(nowNanos));
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
                        && negotiation.profile().isPeerAlwaysReading()
                        && subflow.state() == SubflowState.ACTIVE
                        && !subflow.isBackup()
                        && subflows.carriesData()
                // What another's first data make due is so from now on, and not since long ago.
                ? Math.max(refreshAtNanos, lookedAtNanos + 1)
                : Deadline.NONE;
    }

    /**
     * The last subflow with nothing but a ping on the way is not called stale if the peer may have stopped reading: it does not
     * answer then, and it would only keep the subflow from being tried. Where all is always read, it is: a client that only
     * receives would never dial again.
     */
    private long staleAtNanos(SubflowControl subflow) {
        boolean possible = subflow.state() == SubflowState.ACTIVE
                && (negotiation.profile().isPeerAlwaysReading()
                        || subflows.active().size() > 1
                        || !subflow.isIdle());
        if (!possible) {
            return Deadline.NONE;
        }
        long patientNanos = subflow.staleAtNanos(0);
        // Mostly the same: only else the others are asked.
        return patientNanos == subflow.staleAtNanos(Long.MAX_VALUE)
                ? patientNanos
                : subflow.staleAtNanos(answeredElsewhereNanos(subflow));
    }

    /** Who answers there is not slow. */
    private long answeredElsewhereNanos(SubflowControl subflow) {
        long latestNanos = 0;
        for (int i = 0; i < subflows.active().size(); i++) {
            SubflowControl other = subflows.active().get(i);
            if (other != subflow) {
                latestNanos = Math.max(latestNanos, other.timing().answeredSentAtNanos());
            }
        }
        return latestNanos;
    }

    /** Only where another goes on, and can carry copies: not to a Go peer, which needless ones may harm. */
    private long lateAtNanos(SubflowControl subflow) {
        boolean possible = negotiation.profile().toleratesCopies()
                && subflow.state() == SubflowState.ACTIVE
                && subflows.active().size() > 1;
        return possible ? subflow.lateAtNanos() : Deadline.NONE;
    }

    private void markLate(SubflowControl subflow, long nowNanos) {
        if (subflow.late(nowNanos) && nowNanos - subflow.pings().sentAtNanos() >= MIN_LATE_PING_NANOS) {
            subflow.pings().request();
        }
        subflows.update();
    }

    private void markStale(SubflowControl subflow, long nowNanos) {
        subflows.onStale(subflow);
        subflow.pings().request();
        retransmitter.onSubflowStale(subflow, nowNanos);
        negotiation.profile().onStale(subflow, nowNanos);
        events.accept(new OfSubflow(OfSubflow.Kind.STALE, subflow));
    }

    private void probe(SubflowControl subflow, long nowNanos) {
        if (nowNanos - subflow.heardAtNanos() >= probeIntervalNanos(subflow) / 2) {
            subflow.pings().request();
            scheduleProbe(subflow, nowNanos);
        } else {
            scheduleProbe(subflow, subflow.heardAtNanos());
        }
    }

    /** After half to one interval of silence, by chance, so that subflows do not probe in step; never more than one passes. */
    private void scheduleProbe(SubflowControl subflow, long silentSinceNanos) {
        long halfNanos = probeIntervalNanos(subflow) / 2;
        subflow.pings().probeAtNanos(silentSinceNanos + halfNanos + random.nextLong(halfNanos + 1));
    }

    private long probeIntervalNanos(SubflowControl subflow) {
        return subflow.isBackup() ? BACKUP_FACTOR * probeIntervalNanos : probeIntervalNanos;
    }
}
