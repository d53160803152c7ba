package dev.multipath.session;

import dev.multipath.codec.OpaqueBytes;

/** How far a subflow has come in showing that it belongs to its session: {@code docs/PROTOCOL.md} 3 and 4.6. */
final class Handshake {

    enum State {
        /** Nothing was heard; the first frame decides. */
        NEGOTIATING,
        /** Client's join: the request is sent, the challenge to come. */
        REQUESTED,
        /** Server's join: the request is to come. */
        EXPECTING,
        /** Server's join: the challenge is sent, the response to come. */
        CHALLENGED,
        /** Nothing but the peer's HELLO may come. */
        AWAITING_HELLO,
        /** Server's first subflow: the client's HELLO is to come, and before it what the client sent without knowing us. */
        AWAITING_HELLO_OR_DATA,
        /** Everything may come but another handshake. */
        DONE
    }

    State state;
    private final long deadlineNanos;

    /** Whether the peer has said {@code 00 02} on this subflow. */
    boolean peerIsExtended;

    /** Whether this end has said HELLO on it. */
    boolean greeted;

    /** The subflow's name in the extended profile, as soon as it is known. */
    long pathId;

    /** A client's. */
    OpaqueBytes clientNonce;

    /** A server's, once it has challenged. */
    JoinProof proof;

    private Handshake(State state, long deadlineNanos) {
        this.state = state;
        this.deadlineNanos = deadlineNanos;
    }

    /** When it has to be finished, its peer's HELLO included; {@link Deadline#NONE} if it is. */
    long dueAtNanos() {
        return state == State.DONE ? Deadline.NONE : deadlineNanos;
    }

    /** Whether data may come. */
    boolean takesData() {
        return state == State.DONE || state == State.AWAITING_HELLO_OR_DATA;
    }

    boolean awaitsHello() {
        return state == State.AWAITING_HELLO || state == State.AWAITING_HELLO_OR_DATA;
    }

    /** Of one that begins there; a client has sent an offer, else it is null. */
    static Handshake of(State first, JoinOffer offer, long deadlineNanos) {
        Handshake handshake = new Handshake(first, deadlineNanos);
        if (offer != null) {
            handshake.pathId = offer.pathId();
            handshake.clientNonce = offer.clientNonce();
        }
        return handshake;
    }

    /** Of a subflow that needs none. */
    static Handshake none() {
        return new Handshake(State.DONE, Deadline.NONE);
    }
}
