package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.codec.ResetFrame;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.time.Duration;

/** What a session does in the extended profile: {@code docs/PROTOCOL.md} 4. */
final class ExtendedProfile {

    private final MultipathSession session;
    private final ExtendedConfig config;
    private final ReceiveWindow receiveWindow;
    private final JoinProtocol joins;
    private final Liveness liveness;

    private final SendCredit sendCredit = new SendCredit();
    private final ReceiveCredit receiveCredit;
    private final CumulativeAcks acks;
    private final Announcements announcements = new Announcements();
    private final PeerAddresses peerAddresses = new PeerAddresses();

    private HelloFrame peer;
    private OpaqueBytes keyToGive;
    private long nextSequence = 1;

    ExtendedProfile(
            MultipathSession session,
            SessionConfig config,
            JoinProtocol joins,
            SendWindow sendWindow,
            ReceiveWindow receiveWindow,
            Retransmitter retransmitter,
            Liveness liveness) {
        this.session = session;
        this.config = config.extended();
        this.joins = joins;
        this.liveness = liveness;
        this.receiveWindow = receiveWindow;
        receiveCredit = new ReceiveCredit(config.extended().initialWindowBytes(), config.receiveBufferBytes());
        acks = new CumulativeAcks(sendWindow, receiveWindow, retransmitter, liveness, sendCredit, receiveCredit);
    }

    /** The peer of the first subflow speaks it too. */
    void begin(Subflow first, long nowNanos) {
        receiveWindow.underCredit();
        first.handshake().peerIsExtended = true;
        first.handshake().state = Handshake.State.AWAITING_HELLO;
        if (joins.role() == SessionRole.SERVER) {
            keyToGive = joins.drawKey();
            greet(first);
            session.activate(first, nowNanos);
        }
    }

    private void greet(Subflow subflow) {
        subflow.outbox().add(hello(keyToGive));
        keyToGive = null;
    }

    HelloFrame hello(OpaqueBytes key) {
        long timeoutMillis = config.resumptionTimeout().toMillis();
        return new HelloFrame(
                HelloFrame.MINOR_VERSION,
                HelloFrame.ADDRESSES | (timeoutMillis > 0 ? HelloFrame.RESUMPTION : 0),
                receiveCredit.grant(),
                timeoutMillis,
                config.maxSubflows(),
                key);
    }

    // ---- frames

    void onFrame(Subflow subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (subflow.handshake().state == Handshake.State.DONE) {
            onSettledFrame(subflow, frame, nowNanos);
            return;
        }
        try {
            onHandshakeFrame(subflow, frame, nowNanos);
        } finally {
            // Data are not taken before the end of the handshake.
            ReferenceCountUtil.release(frame);
        }
    }

    private void onHandshakeFrame(Subflow subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        Handshake handshake = subflow.handshake();
        if (frame instanceof ResetFrame reset && handshake.peerIsExtended) {
            onReset(subflow, reset);
        } else if (handshake.state != Handshake.State.AWAITING_HELLO) {
            if (joins.onFrame(subflow, frame)) {
                requireRoom();
                handshake.state = Handshake.State.AWAITING_HELLO;
                greet(subflow);
                session.activate(subflow, nowNanos);
            }
        } else if (frame instanceof HelloFrame hello) {
            onHello(subflow, hello, nowNanos);
        } else if (frame instanceof ControlFrame control) {
            liveness.onControl(subflow, control, nowNanos);
        } else {
            throw new UnexpectedFrameException(frame + " before HELLO");
        }
    }

    /**
     * Only who has proved itself counts: nobody else can take the places. Nor do those that do not deliver: the owner closes one
     * for each that comes.
     */
    private void requireRoom() throws JoinRefusedException {
        if (joins.role() == SessionRole.SERVER && session.activeSubflows() >= config.maxSubflows()) {
            throw new JoinRefusedException("the session has " + config.maxSubflows() + " subflows, and all deliver");
        }
    }

    private void onHello(Subflow subflow, HelloFrame hello, long nowNanos) throws SubflowViolationException {
        boolean keyIsDue = joins.role() == SessionRole.CLIENT && !joins.hasKey();
        if (keyIsDue != (hello.sessionKey() != null)) {
            throw new UnexpectedFrameException(
                    keyIsDue ? "HELLO without the session's key" : "HELLO with a key that nobody waits for");
        }
        if (keyIsDue) {
            joins.learnKey(hello.sessionKey());
        }
        if (peer == null) {
            peer = hello;
            if ((hello.features() & HelloFrame.ADDRESSES) == 0) {
                announcements.forgetAddresses();
            }
        }
        sendCredit.onGranted(hello.maxDataBytes());
        subflow.handshake().state = Handshake.State.DONE;
        if (subflow.state() == SubflowState.JOINING) {
            greet(subflow);
            session.activate(subflow, nowNanos);
        }
    }

    private void onSettledFrame(Subflow subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (frame instanceof DataFrame data) {
            onData(subflow, data, nowNanos);
        } else if (frame instanceof CumulativeAckFrame ack) {
            acks.onAck(subflow, ack, nowNanos);
        } else if (frame instanceof ControlFrame control) {
            liveness.onControl(subflow, control, nowNanos);
        } else if (frame instanceof FinFrame finFrame) {
            onFin(subflow, finFrame, nowNanos);
        } else if (frame instanceof ResetFrame reset) {
            onReset(subflow, reset);
        } else if (frame instanceof PathStatusFrame status) {
            onPathStatus(status);
        } else if (frame instanceof PathCloseFrame close) {
            onPathClose(close, nowNanos);
        } else if (frame instanceof AddAddressFrame add) {
            onAddress(add.addressId(), add.sequence(), add.address());
        } else if (frame instanceof RemoveAddressFrame remove) {
            onAddress(remove.addressId(), remove.sequence(), null);
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
                added -> session.emit(SessionEvent.of(SessionEvent.Kind.ADDRESS_ADDED, added)),
                removed -> session.emit(SessionEvent.of(SessionEvent.Kind.ADDRESS_REMOVED, removed)));
    }

    private void onData(Subflow subflow, DataFrame data, long nowNanos) throws SubflowViolationException {
        long frameNumber = data.frameNumber();
        ByteBuf payload = data.payload();
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
            data.release();
            throw violation;
        }
        if (isNew) {
            receiveCredit.onReceived(payloadBytes);
            subflow.onNewReceived(payloadBytes);
        }
        receiveWindow.offer(frameNumber, payload);
        subflow.acks().onNumberedFrame(payloadBytes, !isNew, nowNanos);
        session.discardIfUnread();
    }

    private void onFin(Subflow subflow, FinFrame finFrame, long nowNanos) throws SubflowViolationException {
        if (receiveWindow.isBeyondWindow(finFrame.frameNumber())) {
            throw new FlowControlException("FIN " + finFrame.frameNumber() + " is beyond the window");
        }
        if (!receiveWindow.offerFin(finFrame.frameNumber())) {
            throw new UnexpectedFrameException(finFrame + " contradicts what came before");
        }
        subflow.acks().onNumberedFrame(0, true, nowNanos);
    }

    private void onReset(Subflow subflow, ResetFrame reset) throws SubflowViolationException {
        if (subflow.state() == SubflowState.JOINING) {
            // Nothing proves who says so: a client believes it only if nobody else is left to ask.
            if (joins.role() == SessionRole.CLIENT
                    && reset.code() == ResetFrame.UNKNOWN_SESSION
                    && session.subflows().isEmpty()) {
                if (session.isOver()) {
                    session.onForgotten();
                } else {
                    session.fail(new UnknownSessionException());
                    return;
                }
            }
            throw JoinRefusedException.by(reset);
        }
        session.onReset(subflow, reset);
    }

    private void onPathStatus(PathStatusFrame status) {
        Subflow subflow = session.subflow(status.pathId());
        if (subflow != null && status.sequence() > subflow.peerStatusSequence()) {
            boolean before = subflow.isBackup();
            subflow.peerStatus(status.sequence(), status.backup());
            if (subflow.isBackup() != before) {
                session.onStatusChanged(subflow);
            }
        }
    }

    private void onPathClose(PathCloseFrame close, long nowNanos) {
        Subflow subflow = session.subflow(close.pathId());
        if (subflow != null) {
            session.remove(subflow, new PathClosedException(close.code(), close.reason()), nowNanos);
        }
    }

    CumulativeAcks acks() {
        return acks;
    }

    ReceiveCredit receiveCredit() {
        return receiveCredit;
    }

    // ---- what the owner wants

    void setBackup(Subflow subflow, boolean backup) {
        subflow.localBackup(backup);
        announcements.putStatus(subflow, new PathStatusFrame(nextSequence++, subflow.pathId(), backup));
    }

    void announceClosed(Subflow subflow, long code, String reason) {
        announcements.put(
                Announcements.Topic.PATH_CLOSE, subflow.pathId(), new PathCloseFrame(subflow.pathId(), code, reason));
    }

    void announceAddress(long addressId, InetSocketAddress address) {
        if (!peerListensToAddresses()) {
            return;
        }
        announcements.put(
                Announcements.Topic.ADDRESS, addressId, new AddAddressFrame(nextSequence++, addressId, address));
    }

    void withdrawAddress(long addressId) {
        if (peerListensToAddresses()) {
            announcements.put(
                    Announcements.Topic.ADDRESS, addressId, new RemoveAddressFrame(nextSequence++, addressId));
        }
    }

    /** Until it has said, it is taken to. */
    private boolean peerListensToAddresses() {
        return peer == null || (peer.features() & HelloFrame.ADDRESSES) != 0;
    }

    void onSubflowFailed(Subflow subflow) {
        announcements.onSubflowFailed(subflow);
    }

    void onConsumed(int bytes) {
        receiveCredit.onConsumed(bytes);
    }

    /** How long the session may be without a subflow: both ends have to keep it. */
    Duration resumptionTimeout() {
        Duration own = config.resumptionTimeout();
        if (peer == null) {
            // A client that was never heard of may have lost interest; if it has the key, it comes at once.
            return own.compareTo(config.joinTimeout()) < 0 ? own : config.joinTimeout();
        }
        return (peer.features() & HelloFrame.RESUMPTION) != 0 ? own : Duration.ZERO;
    }

    // ---- sending

    long sendCreditBytes() {
        return sendCredit.availableBytes();
    }

    void onNewData(int bytes) {
        sendCredit.spend(bytes);
    }

    /** What is due on subflows before their own control frames. */
    void prepare(Subflow preferred, long slowestRttNanos, long nowNanos) {
        receiveCredit.tune(slowestRttNanos, nowNanos);
        if (preferred == null) {
            return;
        }
        if (receiveCredit.isGrantDue()) {
            preferred.acks().request(nowNanos);
        }
        boolean peerListens = peer != null;
        if (peerListens && announcements.isAnyWaiting()) {
            announcements.sendOn(preferred);
        }
    }

    /** There is data and no credit: after a while the peer is asked, in case its grant was lost. */
    void onBlocked(long retransmissionTimeoutNanos, long nowNanos) {
        sendCredit.onBlocked(retransmissionTimeoutNanos, nowNanos);
    }

    long askAtNanos() {
        return sendCredit.askAtNanos();
    }

    boolean takeAsk(long nowNanos) {
        if (nowNanos < sendCredit.askAtNanos()) {
            return false;
        }
        sendCredit.onAsked();
        return true;
    }
}
