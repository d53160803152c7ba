package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.metrics.StatsTracker;
import java.util.List;

/** How subflows come into a session and leave it, and what becomes of a session that has none left. */
final class Membership {

    /** Subflows that have not proved themselves may be so many at a time; each costs some hundred bytes. */
    static final int MAX_JOINING = 16;

    private final MultipathSession session;
    private final SessionRole role;
    private final ExtendedConfig config;
    private final SubflowSet subflows;
    private final Retransmitter retransmitter;
    private final ExtendedProfile extended;
    private final Liveness liveness;
    private final Losses losses;
    private final Suspension suspension;

    private Throwable lastLoss;
    private int nextSubflowId;

    Membership(
            MultipathSession session,
            SessionRole role,
            ExtendedConfig config,
            SubflowSet subflows,
            Retransmitter retransmitter,
            ExtendedProfile extended,
            Liveness liveness,
            Losses losses,
            Suspension suspension) {
        this.session = session;
        this.role = role;
        this.config = config;
        this.subflows = subflows;
        this.retransmitter = retransmitter;
        this.extended = extended;
        this.liveness = liveness;
        this.losses = losses;
        this.suspension = suspension;
    }

    boolean acceptsJoins() {
        return switch (session.profile()) {
            case UNDECIDED -> subflows.joining().isEmpty();
            case BASE -> !config.authenticatedJoinsRequired();
            case EXTENDED ->
                session.state() != SessionState.FAILED && subflows.joining().size() < MAX_JOINING;
        };
    }

    Subflow add(StatsTracker tracker, long handshakeRttNanos, JoinOffer offer, long nowNanos) {
        Handshake handshake = handshake(offer, nowNanos);
        Subflow subflow = new Subflow(nextSubflowId++, tracker, handshake, nowNanos);
        if (handshakeRttNanos >= 0) {
            subflow.onHandshake(handshakeRttNanos, nowNanos);
        }
        if (session.profile() == Profile.BASE) {
            greet(subflow);
            activate(subflow, nowNanos);
            return subflow;
        }
        subflow.state(SubflowState.JOINING);
        subflows.addJoining(subflow);
        if (role == SessionRole.SERVER) {
            // A client has sent it behind its preface: JoinOffer.
            subflow.outbox().add(ControlFrame.EXTENDED);
        } else if (offer != null) {
            subflow.pathId(offer.pathId());
        }
        if (session.profile() == Profile.UNDECIDED) {
            greet(subflow);
        }
        return subflow;
    }

    private Handshake handshake(JoinOffer offer, long nowNanos) {
        if (session.profile() == Profile.BASE) {
            return Handshake.none();
        }
        Handshake.State first = session.profile() == Profile.UNDECIDED
                ? Handshake.State.NEGOTIATING
                : offer == null ? Handshake.State.EXPECTING : Handshake.State.REQUESTED;
        Handshake handshake =
                new Handshake(first, nowNanos + config.joinTimeout().toNanos());
        if (offer != null) {
            handshake.clientNonce = offer.clientNonce();
        }
        return handshake;
    }

    private void greet(Subflow subflow) {
        if (role == SessionRole.CLIENT) {
            // Unasked: by it the server times the round trip that began with its preface.
            subflow.requestPong();
        }
        subflow.requestPing();
    }

    /** The subflow belongs to the session from now on. */
    void activate(Subflow subflow, long nowNanos) {
        if (session.profile() == Profile.EXTENDED && subflow.pathId() != 0) {
            greet(subflow);
        }
        liveness.onActivated(subflow, nowNanos);
        subflows.activate(subflow);
        session.emit(SessionEvent.of(SessionEvent.Kind.ADDED, subflow, null));
        if (suspension.end(nowNanos)) {
            session.emit(SessionEvent.of(SessionEvent.Kind.RESUMED, subflow, null));
        }
    }

    /** The subflow's channel is gone. */
    void onFailed(Subflow subflow, Throwable cause, long nowNanos) {
        if (!session.isOver()) {
            announceClosed(subflow, PathCloseFrame.FAILED, "");
        }
        remove(subflow, cause, nowNanos);
    }

    /** This end gives the subflow up. */
    void close(Subflow subflow, long code, String reason, long nowNanos) {
        announceClosed(subflow, code, reason);
        remove(subflow, null, nowNanos);
    }

    /** Of one that has never joined, or has left before, nobody need be told. */
    private void announceClosed(Subflow subflow, long code, String reason) {
        if (session.profile() == Profile.EXTENDED && subflows.members().contains(subflow)) {
            extended.announceClosed(subflow, code, reason);
        }
    }

    /** The subflow is no part of the session any more, if it ever was. */
    void remove(Subflow subflow, Throwable cause, long nowNanos) {
        boolean wasJoining = subflow.state() == SubflowState.JOINING;
        if (!subflows.remove(subflow)) {
            return;
        }
        losses.onLost(cause, nowNanos);
        session.emit(
                SessionEvent.of(wasJoining ? SessionEvent.Kind.REFUSED : SessionEvent.Kind.REMOVED, subflow, cause));
        if (wasJoining) {
            return;
        }
        retransmitter.onSubflowFailed(subflow, nowNanos);
        if (session.profile() == Profile.EXTENDED) {
            lastLoss = cause;
            extended.onSubflowFailed(subflow);
            subflows.acknowledgeEverywhere(nowNanos);
            suspendIfAlone(nowNanos);
        } else {
            liveness.onLost();
        }
    }

    private void suspendIfAlone(long nowNanos) {
        if (!subflows.members().isEmpty() || session.failure() != null || session.isOver()) {
            return;
        }
        if (suspension.begin(extended.resumptionTimeout().toNanos(), nowNanos)) {
            session.emit(SessionEvent.of(SessionEvent.Kind.SUSPENDED, null, lastLoss));
        } else {
            failUnresumed();
        }
    }

    private void failUnresumed() {
        session.fail(new ResumptionTimeoutException(extended.resumptionTimeout(), lastLoss));
    }

    // ---- time

    boolean isSuspended() {
        return suspension.isUnderWay();
    }

    void onTimeout(long nowNanos) {
        removeLate(subflows.joining(), nowNanos);
        removeLate(subflows.members(), nowNanos);
        if (nowNanos >= suspension.untilNanos()) {
            failUnresumed();
        }
    }

    private void removeLate(List<Subflow> some, long nowNanos) {
        for (int i = some.size() - 1; i >= 0; i--) {
            Subflow subflow = some.get(i);
            if (nowNanos >= subflow.handshake().dueAtNanos()) {
                remove(subflow, new JoinRefusedException("the handshake was not finished in time"), nowNanos);
            }
        }
    }

    void onSessionFailed() {
        suspension.stop();
    }

    long nextDeadlineNanos() {
        return Math.min(
                suspension.untilNanos(),
                Math.min(handshakesDueAtNanos(subflows.joining()), handshakesDueAtNanos(subflows.members())));
    }

    private static long handshakesDueAtNanos(List<Subflow> some) {
        long dueAtNanos = MultipathSession.NO_DEADLINE;
        for (int i = 0; i < some.size(); i++) {
            dueAtNanos = Math.min(dueAtNanos, some.get(i).handshake().dueAtNanos());
        }
        return dueAtNanos;
    }
}
