package dev.multipath.session;

import dev.multipath.codec.Frame;
import io.netty.buffer.ByteBuf;
import java.time.Duration;

/**
 * All that a session does otherwise in one profile than in another. Nobody else asks which one it is: who has to know something
 * asks here for just that. {@link Negotiation} has the present one.
 */
interface SessionProfile {

    /** For the session's owner, who tells people. */
    Profile name();

    // ---- subflows

    /** Whether a connection that names this session may become a subflow now. */
    boolean acceptsJoins();

    /** What a client sends to add a subflow. */
    JoinOffer offerJoin();

    /**
     * What a subflow that is added now has to show; {@link Handshake#none} if it is let in at once.
     *
     * @param offer a client's, or null
     */
    Handshake newHandshake(JoinOffer offer, long nowNanos);

    /** This end gives a subflow up, or has lost it: the peer is to be told on another one, if it listens to that. */
    void announceClosed(SubflowControl subflow, long code, String reason);

    /** The word of that on the subflow itself, which may have joined or not; or null. */
    Frame farewell(SubflowControl subflow, long code, String reason);

    /** A subflow that had joined has left the session. */
    void onLost(SubflowControl subflow, Throwable cause, long nowNanos);

    /** A subflow has become stale. */
    void onStale(SubflowControl subflow, long nowNanos);

    /**
     * This end calls a subflow that has joined a backup, or no longer.
     *
     * @throws IllegalStateException if the peer could not be told
     */
    void setBackup(SubflowControl subflow, boolean backup);

    // ---- what the peer is like

    /** Whether it reads, and so answers, whatever its application does: then it may be asked at any time, and silence tells. */
    boolean isPeerAlwaysReading();

    /** Whether copies of a frame that turn out to be needless do it no harm. */
    boolean toleratesCopies();

    /** How much it lets us send. */
    SendCredit sendCredit();

    // ---- frames

    /** The peer of this first subflow has turned out to speak this profile. */
    void begin(SubflowControl first, long nowNanos);

    /** A data frame of the peer. Takes the payload over. */
    void onData(SubflowControl subflow, long frameNumber, ByteBuf payload, long nowNanos)
            throws SubflowViolationException;

    /** A cumulative acknowledgement of the peer, without ranges. */
    void onAck(
            SubflowControl subflow,
            long nextExpected,
            long maxDataBytes,
            long subflowFrames,
            long ackDelayMicros,
            long nowNanos)
            throws SubflowViolationException;

    /** Another frame of the peer; an acknowledgement may come in this way too. */
    void onFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException;

    /** Whether subflows should be read. */
    boolean wantsInput();

    /** Hands over what can leave now on the subflows that have joined, in the order in which it is due. */
    void transmit(long nowNanos, FrameSink sink);

    // ---- time

    /** Tells what is waited for in this profile alone. */
    void tellDue(FirstDue first);

    /** Does what of that is due. */
    void onTime(long nowNanos);

    // ---- the end

    /** Whether a direction may end while the other goes on. */
    boolean endsDirectionsApart();

    /** Whether FIN and RESET tell the peer how all ends; else only the ends of its connections do. */
    boolean hasEndFrames();

    /** Whether the peer has all that it is to get, or wants no more. */
    boolean isOutputFinished();

    /** The session is given up: tells the peer why. */
    void announceAbort(long code, String reason);

    /** This end leaves the session, which has not failed: tells the peer how. */
    void announceLeaving(long nowNanos);

    /** How long the session may be without a subflow. */
    Duration resumptionTimeout();
}
