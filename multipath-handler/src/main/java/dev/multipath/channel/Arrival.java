package dev.multipath.channel;

import dev.multipath.admission.Place;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;

/** A connection that has come to a server, and has still to become a subflow of a session. */
interface Arrival {

    Channel channel();

    SubflowConnection connection();

    /** Which it holds until it has proved that it belongs to a session. */
    Place place();

    /** Whether a session was made for it. */
    boolean isFirst();

    /** The session has taken the connection, and its frames go there as soon as it reads them. On the session's loop. */
    void establish(SubflowLink link);

    /** A session of the extended profile, to which it has come, has no place for it. Any thread. */
    void turnAway(String reason);

    /** It has lost its place on the way to its session, on whose loop this is. */
    void drop();

    boolean isDropped();

    /** The server takes nobody any more; what has come to a session goes on. Any thread. */
    void cancel();

    /** The connection is lost. */
    void discard();

    /** It needs no place any more. Any thread. */
    void onEnded();
}
