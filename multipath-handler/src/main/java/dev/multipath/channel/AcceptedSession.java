package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import io.netty.channel.Channel;

/** A session that somebody has asked a server for, as its server has it. */
interface AcceptedSession extends SessionSide {

    /** The session's name. */
    ConnectionId connectionId();

    /** What its application has of it. */
    Channel channel();

    /** The channel has its event loop, on which this is called. */
    void onRegistered();

    /**
     * Takes a connection over whose preface named this session. Any thread.
     *
     * @return false if the session is closed, or has not begun and so nobody can know its name; the caller closes the connection
     */
    boolean offer(Arrival arrival);

    /** A newcomer has got the place of a connection that has proved nothing. Any thread. */
    void drop(Arrival arrival);

    /** The server is on its way out. Any thread. */
    void announceGoingAway();

    /** The server's listeners are others now. Any thread. */
    void onListenersChanged();

    /** A listener is not wanted any more: what came over it is closed as soon as something else delivers. Any thread. */
    void onListenerRemoved(Channel listener);

    /** Ends it, whatever it does; its place is its own until then. Any thread. */
    void end(Shortage why);
}
