package dev.multipath.session;

import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.session.SessionEvent.OfSubflow;
import java.util.function.Consumer;

/**
 * Doubts whether what the peer sends on a subflow arrives. Only who sends data misses their acknowledgements, and only a
 * client can dial: so a client that receives would never get a path back. Whoever calls a subflow stale therefore tells the
 * other end ({@link PathSuspectFrame}); and a receiver watches for itself, since the peer may be an old one or have no
 * subflow left to say it on. A suspicion costs a ping or an attempt to dial, so it may be wrong; anything that comes on the
 * subflow ends it.
 *
 * <p>A receiver's own: a subflow that has brought data and falls silent for a retransmission time-out, or that is silent while
 * a frame is missing, is asked (a ping); if nothing comes for as long again, it is suspect. (A peer that only makes a pause
 * answers: one ping for each pause behind {@link #WATCHED_BYTES}.)
 */
final class Suspicion {

    /** So that asking costs no more than a hundredth of what has come: a ping and a pong are two packets. */
    private static final long WATCHED_BYTES = 16 << 10;

    private static final long NO_HOLE = -1;

    private final Consumer<SessionEvent> events;
    private final HelloExchange hellos;
    private final SubflowSet subflows;
    private final ReceiveWindow receiveWindow;
    private final Negotiation negotiation;

    /** The number of the missing frame behind which others have arrived, and since when it is missing. */
    private long hole = NO_HOLE;

    private long holeSinceNanos;

    Suspicion(
            Consumer<SessionEvent> events,
            HelloExchange hellos,
            SubflowSet subflows,
            ReceiveWindow receiveWindow,
            Negotiation negotiation) {
        this.events = events;
        this.hellos = hellos;
        this.subflows = subflows;
        this.receiveWindow = receiveWindow;
        this.negotiation = negotiation;
    }

    // ---- our doubts, told to the peer

    private boolean isListenedTo() {
        return hellos.isPeerKnown() && hellos.peerListensTo(HelloFrame.SUSPICIONS);
    }

    /** What we send on this subflow does not arrive: the others say so. */
    void tellOf(SubflowControl stale) {
        if (isListenedTo()) {
            for (SubflowControl other : subflows.active()) {
                if (other != stale) {
                    other.outbox().add(new PathSuspectFrame(stale.pathId()));
                }
            }
        }
    }

    /** Somebody is there again who can say it of those that are stale. */
    void tellOn(SubflowControl delivering) {
        if (isListenedTo()) {
            for (SubflowControl other : subflows.members()) {
                if (other != delivering && other.state() == SubflowState.STALE) {
                    delivering.outbox().add(new PathSuspectFrame(other.pathId()));
                }
            }
        }
    }

    // ---- the peer's, and our own of what it sends

    void onPeerSuspects(long pathId) {
        SubflowControl subflow = subflows.member(pathId);
        if (subflow != null) {
            suspect(subflow);
        }
    }

    private void suspect(SubflowControl subflow) {
        if (!subflow.silence().isSuspect()) {
            subflow.silence().suspect();
            subflow.pings().request();
            events.accept(new OfSubflow(OfSubflow.Kind.SUSPECTED, subflow));
        }
    }

    /** Something has come on the subflow. */
    void onHeard(SubflowControl subflow) {
        if (subflow.silence().onHeard() && subflow.state() != SubflowState.CLOSED) {
            events.accept(new OfSubflow(OfSubflow.Kind.CLEARED, subflow));
        }
    }

    /** A frame has been dealt with. */
    void onReceived(long nowNanos) {
        if (receiveWindow.waitingBytes() == 0) {
            hole = NO_HOLE;
        } else if (hole != receiveWindow.nextExpected()) {
            hole = receiveWindow.nextExpected();
            holeSinceNanos = nowNanos;
        }
    }

    // ---- time

    void tellDue(FirstDue first) {
        for (int i = 0; i < subflows.active().size(); i++) {
            first.offer(TimerName.SUSPICION, dueAtNanos(subflows.active().get(i)));
        }
    }

    void onTime(long nowNanos) {
        FirstDue.forEach(subflows.active(), this::dueAtNanos, this::onSilence, nowNanos);
    }

    private void onSilence(SubflowControl subflow, long nowNanos) {
        if (subflow.silence().isAsked()) {
            suspect(subflow);
        } else {
            subflow.silence().onAsked(subflow.newReceivedBytes(), hole, nowNanos);
            subflow.pings().request();
        }
    }

    /** When the subflow is to be asked, or suspect because it has not answered. */
    private long dueAtNanos(SubflowControl subflow) {
        Silence silence = subflow.silence();
        if (silence.isSuspect() || !negotiation.profile().wantsInput()) {
            return Deadline.NONE;
        }
        if (silence.isAsked()) {
            return silence.askedAtNanos() + subflow.retransmissionTimeoutNanos();
        }
        if (silence.newBytes(subflow.newReceivedBytes()) >= WATCHED_BYTES) {
            return subflow.heardAtNanos() + subflow.retransmissionTimeoutNanos();
        }
        if (hole != NO_HOLE && !silence.wasAskedForHole(hole)) {
            return Math.max(holeSinceNanos, subflow.heardAtNanos()) + subflow.retransmissionTimeoutNanos();
        }
        return Deadline.NONE;
    }
}
