package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.metrics.TransportStats;

/** One direction of a modelled connection: reliable and in order. */
interface Pipe {

    /** Is called when there is something to read, or the end. */
    void onReadable(Runnable action);

    /** Is called when there is room in the send buffer again, after {@link #write} had returned false. */
    void onWritable(Runnable action);

    // ---- the sending end

    /** Takes a frame over; returns whether the send buffer has room for more. */
    boolean write(Frame frame);

    /** The sender closes: what was written still arrives, then the end. */
    void close();

    /** What the transport can be asked. */
    default TransportStats stats() {
        return TransportStats.NONE;
    }

    /** The transport forgets what it knows of the path. */
    default void restart() {}

    // ---- the receiving end

    /** The next frame, owned by the caller, or null. */
    Frame read();

    boolean isReadable();

    boolean isAtEnd();

    void discardUnread();
}
