package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.GoingAwayFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathSocketFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.SessionEvent.OfAddress;
import dev.multipath.session.SessionEvent.OfSubflow;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** What the frames of the extended profile mean, and when which of them may come: {@code docs/PROTOCOL.md} 4. */
final class ExtendedFrames {

    private final Consumer<SessionEvent> events;
    private final ExtendedConfig config;
    private final JoinProtocol joins;
    private final HelloExchange hellos;
    private final Membership membership;
    private final SubflowSet subflows;
    private final SessionEnd end;
    private final Inbox inbox;
    private final ReceiveWindow receiveWindow;
    private final SendCredit sendCredit;
    private final ReceiveCredit receiveCredit;
    private final CumulativeAcks acks;
    private final Liveness liveness;
    private final Announcements announcements;
    private final Suspicion suspicion;
    private final PeerAddresses peerAddresses = new PeerAddresses();
    private final SocketGroups socketGroups;

    private OpaqueBytes keyToGive;
    private boolean peerIsGoingAway;

    ExtendedFrames(
            Consumer<SessionEvent> events,
            ExtendedConfig config,
            JoinProtocol joins,
            HelloExchange hellos,
            Membership membership,
            SubflowSet subflows,
            SessionEnd end,
            Inbox inbox,
            ReceiveWindow receiveWindow,
            SendCredit sendCredit,
            ReceiveCredit receiveCredit,
            CumulativeAcks acks,
            Liveness liveness,
            Announcements announcements,
            Suspicion suspicion,
            SocketGroups socketGroups) {
        this.events = events;
        this.config = config;
        this.joins = joins;
        this.hellos = hellos;
        this.membership = membership;
        this.subflows = subflows;
        this.end = end;
        this.inbox = inbox;
        this.receiveWindow = receiveWindow;
        this.sendCredit = sendCredit;
        this.receiveCredit = receiveCredit;
        this.acks = acks;
        this.liveness = liveness;
        this.announcements = announcements;
        this.suspicion = suspicion;
        this.socketGroups = socketGroups;
    }

    /** Those of the first subflow, by which the peer has said that it speaks the profile too. */
    void begin(SubflowControl first, long nowNanos) {
        first.handshake().peerIsExtended = true;
        first.handshake().state = Handshake.State.AWAITING_HELLO;
        if (joins.role() == SessionRole.SERVER) {
            first.handshake().state = Handshake.State.AWAITING_HELLO_OR_DATA;
            keyToGive = joins.drawKey();
            greet(first);
            membership.activate(first, nowNanos);
        }
    }

    private void greet(SubflowControl subflow) {
        subflow.outbox().add(hellos.own(keyToGive));
        keyToGive = null;
        subflow.handshake().greeted = true;
        socketGroups.tell(subflow);
    }

    // ---- frames

    void onFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (subflow.isSettled()) {
            onSettledFrame(subflow, frame, nowNanos);
        } else {
            onHandshakeFrame(subflow, frame, nowNanos);
        }
    }

    void onData(SubflowControl subflow, long frameNumber, ByteBuf payload, long nowNanos)
            throws SubflowViolationException {
        if (subflow.handshake().takesData()) {
            takeData(subflow, frameNumber, payload, nowNanos);
            return;
        }
        try {
            onHandshakeFrame(subflow, new DataFrame(frameNumber, payload), nowNanos);
        } finally {
            payload.release();
        }
    }

    void onAck(
            SubflowControl subflow,
            long nextExpected,
            long maxDataBytes,
            long subflowFrames,
            long ackDelayMicros,
            long nowNanos)
            throws SubflowViolationException {
        if (subflow.isSettled()) {
            acks.onAck(subflow, nextExpected, maxDataBytes, subflowFrames, ackDelayMicros, nowNanos);
        } else {
            CumulativeAckFrame frame =
                    new CumulativeAckFrame(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros);
            onHandshakeFrame(subflow, frame, nowNanos);
        }
    }

    private void onHandshakeFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        Handshake handshake = subflow.handshake();
        if (frame instanceof ResetFrame reset && handshake.peerIsExtended) {
            onReset(subflow, reset);
        } else if (!handshake.awaitsHello()) {
            if (joins.onFrame(handshake, subflow.outbox(), frame)) {
                requireRoom();
                handshake.state = Handshake.State.AWAITING_HELLO;
                greet(subflow);
                membership.activate(subflow, nowNanos);
            }
        } else if (frame instanceof HelloFrame hello) {
            onHello(subflow, hello, nowNanos);
        } else if (frame instanceof ControlFrame control) {
            onControl(subflow, control, nowNanos);
        } else {
            throw new UnexpectedFrameException(frame + " before HELLO");
        }
    }

    /**
     * Only who has proved itself counts: nobody else can take the places. Nor do those that do not deliver: the owner closes one
     * for each that comes.
     */
    private void requireRoom() throws JoinRefusedException {
        if (joins.role() == SessionRole.SERVER && subflows.active().size() >= config.maxSubflows()) {
            throw new JoinRefusedException("the session has " + config.maxSubflows() + " subflows, and all deliver");
        }
    }

    private void onHello(SubflowControl subflow, HelloFrame hello, long nowNanos) throws SubflowViolationException {
        boolean keyIsDue = joins.role() == SessionRole.CLIENT && !joins.hasKey();
        if (keyIsDue != (hello.sessionKey() != null)) {
            throw new UnexpectedFrameException(
                    keyIsDue ? "HELLO without the session's key" : "HELLO with a key that nobody waits for");
        }
        if (keyIsDue) {
            joins.learnKey(hello.sessionKey());
        }
        if (!hellos.isPeerKnown()) {
            hellos.onPeer(hello);
            announcements.onPeerKnown();
            if (joins.role() == SessionRole.CLIENT && (hello.features() & HelloFrame.JOINS_ELSEWHERE) != 0) {
                events.accept(new SessionEvent.OfSession(SessionEvent.OfSession.Kind.JOINS_ELSEWHERE));
            }
        }
        sendCredit.onGranted(hello.maxDataBytes());
        subflow.handshake().finish();
        if (subflow.state() == SubflowState.JOINING) {
            greet(subflow);
            membership.activate(subflow, nowNanos);
        }
    }

    /** A ping is to be answered, a pong is an answer; the other numbers say nothing. */
    private void onControl(SubflowControl subflow, ControlFrame control, long nowNanos) {
        if (control.isPing()) {
            subflow.pings().requestPong();
            if (subflow.state() != SubflowState.JOINING) {
                // Once for each ping, and not for each attempt to send the pong to a channel that is full.
                subflow.acks().request(nowNanos);
            }
        } else if (control.isPong()) {
            subflow.onPong(nowNanos);
            liveness.onDelivered(subflow);
        }
    }

    private void onSettledFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (frame instanceof CumulativeAckFrame ack) {
            acks.onAck(subflow, ack, nowNanos);
        } else if (frame instanceof ControlFrame control) {
            onControl(subflow, control, nowNanos);
        } else if (frame instanceof FinFrame finFrame) {
            onFin(subflow, finFrame, nowNanos);
        } else if (frame instanceof ResetFrame reset) {
            onReset(subflow, reset);
        } else if (frame instanceof PathStatusFrame status) {
            onPathStatus(status);
        } else if (frame instanceof PathCloseFrame close) {
            onPathClose(close, nowNanos);
        } else if (frame instanceof PathSuspectFrame suspect) {
            suspicion.onPeerSuspects(suspect.pathId());
        } else if (frame instanceof PathSocketFrame socket) {
            socketGroups.onTold(subflow, socket.group());
        } else if (frame instanceof AddAddressFrame add) {
            onAddress(add.addressId(), add.sequence(), add.address());
        } else if (frame instanceof RemoveAddressFrame remove) {
            onAddress(remove.addressId(), remove.sequence(), null);
        } else if (frame instanceof GoingAwayFrame) {
            onGoingAway();
        } else {
            throw new UnexpectedFrameException(
                    frame instanceof AckFrame ? "an acknowledgement of the base profile" : "a second " + frame);
        }
    }

    private void onAddress(long addressId, long sequence, InetSocketAddress address) {
        peerAddresses.onWord(
                addressId,
                sequence,
                address,
                added -> events.accept(new OfAddress(OfAddress.Kind.ADDED, added)),
                removed -> events.accept(new OfAddress(OfAddress.Kind.REMOVED, removed)));
    }

    /** It comes again when the subflow that carried it was lost. */
    private void onGoingAway() {
        if (!peerIsGoingAway) {
            peerIsGoingAway = true;
            events.accept(new SessionEvent.OfSession(SessionEvent.OfSession.Kind.GOING_AWAY));
        }
    }

    private void takeData(SubflowControl subflow, long frameNumber, ByteBuf payload, long nowNanos)
            throws SubflowViolationException {
        int payloadBytes = payload.readableBytes();
        subflow.tracker().onReceived(payloadBytes);
        boolean isNew = receiveWindow.isNew(frameNumber);
        SubflowViolationException violation = null;
        if (receiveWindow.isBehindFin(frameNumber)) {
            violation = new UnexpectedFrameException("frame " + frameNumber + " is not before the FIN");
        } else if (receiveWindow.isBeyondWindow(frameNumber)) {
            violation = new FlowControlException("frame " + frameNumber + " is beyond the window");
        } else if (isNew && !receiveCredit.allows(payloadBytes)) {
            violation = new FlowControlException("frame " + frameNumber + " exceeds what was granted");
        }
        if (violation != null) {
            payload.release();
            throw violation;
        }
        if (isNew) {
            receiveCredit.onReceived(payloadBytes);
            subflow.onNewReceived(payloadBytes);
        }
        receiveWindow.offer(frameNumber, payload);
        subflow.acks().onNumberedFrame(payloadBytes, !isNew, nowNanos);
        inbox.discardIfUnread();
    }

    private void onFin(SubflowControl subflow, FinFrame finFrame, long nowNanos) throws SubflowViolationException {
        if (receiveWindow.isBeyondWindow(finFrame.frameNumber())) {
            throw new FlowControlException("FIN " + finFrame.frameNumber() + " is beyond the window");
        }
        if (!receiveWindow.offerFin(finFrame.frameNumber())) {
            throw new UnexpectedFrameException(finFrame + " contradicts what came before");
        }
        subflow.acks().onNumberedFrame(0, true, nowNanos);
    }

    private void onReset(SubflowControl subflow, ResetFrame reset) throws SubflowViolationException {
        if (subflow.state() == SubflowState.JOINING) {
            // Nothing proves who says so: a client believes it only if nobody else is left to ask.
            if (joins.role() == SessionRole.CLIENT
                    && reset.code() == ResetFrame.UNKNOWN_SESSION
                    && subflows.members().isEmpty()) {
                if (end.isOver()) {
                    end.onPeerFinished();
                } else {
                    end.fail(new UnknownSessionException());
                    return;
                }
            }
            throw JoinRefusedException.by(reset);
        }
        end.onReset(subflow, reset);
    }

    private void onPathStatus(PathStatusFrame status) {
        SubflowControl subflow = subflows.member(status.pathId());
        if (subflow != null && status.sequence() > subflow.backupWish().peerSequence()) {
            boolean before = subflow.isBackup();
            subflow.backupWish().peer(status.sequence(), status.backup());
            if (subflow.isBackup() != before) {
                subflows.update();
                events.accept(new OfSubflow(OfSubflow.Kind.STATUS_CHANGED, subflow));
            }
        }
    }

    private void onPathClose(PathCloseFrame close, long nowNanos) {
        SubflowControl subflow = subflows.member(close.pathId());
        if (subflow != null) {
            membership.remove(subflow, new PathClosedException(close.code(), close.reason()), nowNanos);
        }
    }
}
