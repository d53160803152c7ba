package dev.multipath.session.sim;

import dev.multipath.session.JoinOffer;

/** One end of all connections of a simulation. */
interface Endpoint {

    /** Whether a client may dial: it dials one path until it has a session, then all. */
    default boolean mayDial(boolean firstPath) {
        return true;
    }

    /** Whether a server would let a connection into its session now; otherwise it waits. */
    default boolean acceptsJoins() {
        return true;
    }

    /** What a client sends behind its preface. */
    default JoinOffer offer() {
        return JoinOffer.BASE;
    }

    /** A connection has finished its handshake at this end; the round trip is -1 where it was not measured. */
    void onJoined(ConnectionEnd end, long handshakeRttNanos);

    /** There is something to read, or the end. */
    void onReadable(ConnectionEnd end);

    /** The send buffer has room again. */
    void onWritable(ConnectionEnd end);

    /** The connection is known to be broken. */
    void onBroken(ConnectionEnd end);

    /** Whether this end wants no more connections. */
    boolean isClosed();
}
