package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.LateSubflow;
import dev.multipath.session.Subflow;

/** One end of one connection: what a channel is to the session. */
final class ConnectionEnd {

    /** For reports. */
    final String name;

    private final Endpoint endpoint;
    private final Pipe in;
    private final Pipe out;
    private boolean joined;
    private boolean closed;

    /** The endpoint's own: what its path is known by, at both ends. */
    Object route;

    /** The client's, where it redials: the path that it belongs to. */
    RedialledPath path;

    /** The endpoint's own: the session's name for this connection. */
    Subflow subflow;

    /** The endpoint's own, of a connection that joins a session which this end has left; else null. */
    LateSubflow late;

    /** What a client has sent behind its preface; null at a server. */
    JoinOffer offer;

    /** Is told when the endpoint closes this end by itself, or learns that the other one has. */
    Runnable onClosed = () -> {};

    /** The endpoint's own: whether it can write. */
    boolean writable = true;

    /** The endpoint's own: when the connection below is asked next what it knows. */
    long askAtNanos;

    /** The endpoint's own: whether a read is about to happen. */
    boolean readScheduled;

    ConnectionEnd(String name, Endpoint endpoint, Pipe in, Pipe out) {
        this.name = name;
        this.endpoint = endpoint;
        this.in = in;
        this.out = out;
        in.onReadable(this::onReadable);
        out.onWritable(this::onWritable);
    }

    void join(long handshakeRttNanos) {
        if (closed) {
            return;
        }
        joined = true;
        endpoint.onJoined(this, handshakeRttNanos);
        if (in.isReadable()) {
            endpoint.onReadable(this);
        }
    }

    boolean isOpen() {
        return joined && !closed;
    }

    Pipe out() {
        return out;
    }

    Pipe in() {
        return in;
    }

    TransportStats transportStats() {
        return out.stats();
    }

    void restartTransport() {
        out.restart();
    }

    boolean write(Frame frame) {
        return out.write(frame);
    }

    /** This end is done with the connection. What it wrote still arrives; what it did not read is lost. */
    void close() {
        if (!closed) {
            closed = true;
            in.discardUnread();
            out.close();
            onClosed.run();
        }
    }

    /** This end notices that the connection is broken. */
    void onBroken() {
        if (!closed) {
            boolean wasJoined = joined;
            close();
            if (wasJoined) {
                endpoint.onBroken(this);
            }
        }
    }

    private void onReadable() {
        if (closed) {
            in.discardUnread();
        } else if (joined) {
            endpoint.onReadable(this);
        }
    }

    private void onWritable() {
        if (isOpen()) {
            endpoint.onWritable(this);
        }
    }
}
