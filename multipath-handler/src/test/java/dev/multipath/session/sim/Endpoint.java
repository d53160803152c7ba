package dev.multipath.session.sim;

/** One end of all connections of a simulation. */
interface Endpoint {

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
