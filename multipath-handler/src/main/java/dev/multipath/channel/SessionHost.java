package dev.multipath.channel;

import dev.multipath.transport.SubflowConnection;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.util.List;

/**
 * Who accepts sessions: a {@link MultipathServerChannel} over its listeners, or a {@link MultipathAcceptor} over the
 * connections of other servers. Methods are called on the connections' event loops, on several at a time.
 */
interface SessionHost {

    /** What the server grants its clients. */
    OptionValues options();

    /** The open sessions and pending handshakes. */
    SessionRegistry sessions();

    /** Makes the channel of a new session, whose first subflow this is, if there is a place for it. */
    SessionRegistry.Opening openSession(SubflowConnection first);

    /** Gives the channel of a new session its handlers and its event loop. */
    void startSession(AcceptedSession session, Channel firstConnection);

    /** A session has lost its place, perhaps before it was started: that it is not to be any more. Any thread. */
    default void withdrawSession(AcceptedSession session) {}

    /** Where it listens, as far as it knows; for what clients are told. */
    default List<SocketAddress> listeners() {
        return List.of();
    }

    /** What its connections are of. */
    default SubflowTransport transport() {
        return options().get(MultipathChannelOption.SUBFLOW_TRANSPORT);
    }

    /** Whether an accepted connection may be taken to the event loop of its session. */
    default boolean canMove(SubflowConnection connection, EventLoop target) {
        return connection.canMove(target);
    }
}
