package dev.multipath.session;

/**
 * All that a session waits for, by name. Whose business it is says when that is due, by what is known then, and does what is to be
 * done; here is who is asked, in the order of {@link TimerName}. Nobody else compares points in time of several.
 */
final class Timers {

    private final Membership membership;
    private final Liveness liveness;
    private final Suspicion suspicion;
    private final Negotiation negotiation;
    private final Transmitter transmitter;
    private final SessionEnd end;
    private final FirstDue first = new FirstDue();

    Timers(
            Membership membership,
            Liveness liveness,
            Suspicion suspicion,
            Negotiation negotiation,
            Transmitter transmitter,
            SessionEnd end) {
        this.membership = membership;
        this.liveness = liveness;
        this.suspicion = suspicion;
        this.negotiation = negotiation;
        this.transmitter = transmitter;
        this.end = end;
    }

    /** When the first is due; {@link Deadline#NONE} for never. */
    long nextDeadlineNanos() {
        find();
        return first.atNanos();
    }

    /** Which one is due first; null if none ever is. */
    TimerName next() {
        find();
        return first.name();
    }

    private void find() {
        first.begin();
        membership.tellDue(first);
        liveness.tellDue(first);
        suspicion.tellDue(first);
        negotiation.profile().tellDue(first);
        transmitter.tellDue(first);
        first.offer(TimerName.LINGER, end.lingerUntilNanos());
    }

    /** Does what is due. What belongs to others is done when they look, as soon as the time has come. */
    void fire(long nowNanos) {
        membership.onTime(nowNanos);
        liveness.onTime(nowNanos);
        suspicion.onTime(nowNanos);
        negotiation.profile().onTime(nowNanos);
    }
}
