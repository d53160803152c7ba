package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.session.SessionEvent.OfSubflow;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** How subflows come into a session and leave it, and what becomes of a session that has none left. */
final class Membership {

    private final Consumer<SessionEvent> events;
    private final Negotiation negotiation;
    private final SessionRole role;
    private final SubflowSet subflows;
    private final Retransmitter retransmitter;
    private final Liveness liveness;
    private final Losses losses;
    private final Suspension suspension;
    private final SessionEnd end;
    private final Supplier<CongestionControl> congestionControl;
    private final Lateness lateness;

    private int nextSubflowId;

    Membership(
            Consumer<SessionEvent> events,
            Negotiation negotiation,
            SessionRole role,
            SubflowSet subflows,
            Retransmitter retransmitter,
            Liveness liveness,
            Losses losses,
            Suspension suspension,
            SessionEnd end,
            Supplier<CongestionControl> congestionControl,
            Lateness lateness) {
        this.events = events;
        this.negotiation = negotiation;
        this.role = role;
        this.subflows = subflows;
        this.retransmitter = retransmitter;
        this.liveness = liveness;
        this.losses = losses;
        this.suspension = suspension;
        this.end = end;
        this.congestionControl = congestionControl;
        this.lateness = lateness;
    }

    SubflowControl add(StatsTracker tracker, long handshakeRttNanos, JoinOffer offer, long nowNanos) {
        Handshake handshake = negotiation.profile().newHandshake(offer, nowNanos);
        SubflowControl subflow =
                new SubflowControl(nextSubflowId++, tracker, handshake, congestionControl.get(), lateness, nowNanos);
        if (handshakeRttNanos >= 0) {
            subflow.onHandshake(handshakeRttNanos, nowNanos);
        }
        if (handshake.state == Handshake.State.DONE) {
            greet(subflow);
            activate(subflow, nowNanos);
            return subflow;
        }
        subflow.state(SubflowState.JOINING);
        subflows.addJoining(subflow);
        if (role == SessionRole.SERVER) {
            // A client has sent it behind its preface: JoinOffer.
            subflow.outbox().add(ControlFrame.EXTENDED);
        }
        if (handshake.state == Handshake.State.NEGOTIATING) {
            greet(subflow);
        }
        return subflow;
    }

    private void greet(SubflowControl subflow) {
        if (role == SessionRole.CLIENT) {
            // Unasked: by it the server times the round trip that began with its preface.
            subflow.pings().requestPong();
        }
        subflow.pings().request();
    }

    /** The subflow belongs to the session from now on. */
    void activate(SubflowControl subflow, long nowNanos) {
        if (subflow.pathId() != 0) {
            // No unasked pong here: it would come behind the client's proof, and answer the ping that the server sends
            // then.
            subflow.pings().request();
        }
        liveness.onActivated(subflow, nowNanos);
        subflows.activate(subflow);
        events.accept(new OfSubflow(OfSubflow.Kind.ADDED, subflow));
        if (suspension.end(nowNanos)) {
            events.accept(new SessionEvent.OfSession(SessionEvent.OfSession.Kind.RESUMED));
        }
    }

    /** The subflow's channel is gone. */
    void onFailed(SubflowControl subflow, Throwable cause, long nowNanos) {
        if (!end.isOver()) {
            negotiation.profile().announceClosed(subflow, PathCloseFrame.FAILED, "");
        }
        remove(subflow, cause, nowNanos);
    }

    /** This end gives the subflow up. */
    void close(SubflowControl subflow, long code, String reason, long nowNanos) {
        negotiation.profile().announceClosed(subflow, code, reason);
        remove(subflow, null, nowNanos);
    }

    /** The subflow is no part of the session any more, if it ever was. */
    void remove(SubflowControl subflow, Throwable cause, long nowNanos) {
        boolean wasJoining = subflow.state() == SubflowState.JOINING;
        if (!subflows.remove(subflow)) {
            return;
        }
        losses.onLost(cause, nowNanos);
        events.accept(new OfSubflow(wasJoining ? OfSubflow.Kind.REFUSED : OfSubflow.Kind.REMOVED, subflow, cause));
        if (wasJoining && subflow.isIdle()) {
            return;
        }
        retransmitter.onSubflowFailed(subflow, nowNanos);
        if (wasJoining) {
            return;
        }
        negotiation.profile().onLost(subflow, cause, nowNanos);
    }

    // ---- time

    void tellDue(FirstDue first) {
        for (int i = 0; i < subflows.joining().size(); i++) {
            first.offer(TimerName.JOIN, handshakeDueAtNanos(subflows.joining().get(i)));
        }
        for (int i = 0; i < subflows.members().size(); i++) {
            first.offer(TimerName.HELLO, handshakeDueAtNanos(subflows.members().get(i)));
        }
    }

    void onTime(long nowNanos) {
        FirstDue.forEach(subflows.joining(), Membership::handshakeDueAtNanos, this::onHandshakeLate, nowNanos);
        FirstDue.forEach(subflows.members(), Membership::handshakeDueAtNanos, this::onHandshakeLate, nowNanos);
    }

    private static long handshakeDueAtNanos(SubflowControl subflow) {
        return subflow.handshake().dueAtNanos();
    }

    private void onHandshakeLate(SubflowControl subflow, long nowNanos) {
        remove(subflow, new JoinRefusedException("the handshake was not finished in time"), nowNanos);
    }
}
