package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import dev.multipath.path.Path;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathException;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionRole;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;

/**
 * What the rooms of a session have of the channel in which they are: whose business something is they need not know. On the
 * channel's event loop, if nothing else is said.
 */
abstract class SessionChannel extends AbstractDuplexChannel {

    private final PathWishes wishes =
            new PathWishes(() -> multipathConfig().get(MultipathChannelOption.PATH_ATTRIBUTES));

    SessionChannel(Channel parent) {
        super(parent);
    }

    // ---- what belongs to it

    abstract MultipathChannelConfig multipathConfig();

    /** What is told of the paths. */
    abstract ChannelPaths paths();

    /** What is wanted of the paths. */
    final PathWishes wishes() {
        return wishes;
    }

    abstract ChannelInput input();

    /** What is told of the session; {@code null} before it begins. */
    abstract LiveSession live();

    /** Which end of its session it is; null on a client's channel before it connects. */
    abstract SessionSide side();

    /** What is spoken with the peer, as far as the application was told. */
    abstract Profile decidedProfile();

    // ---- the session

    /** A client's. */
    abstract void startSession(SessionRole role, ConnectionId sessionId);

    /** Something has happened to the session. */
    abstract void tell(SessionEvent event);

    /** Once a pump: the profile may be decided; who waits for the session to let it in is looked at again. */
    abstract void onSessionChanged();

    /** The session may have room for what the application has written. */
    abstract void writeMore();

    /** A message of the application's could not be read. */
    abstract void onWriteError(Throwable cause);

    // ---- subflows

    /** A subflow joins; the caller adds its handler and calls {@link DrivenSession#pump()}. */
    abstract SubflowLink addSubflow(Path path, SubflowConnection connection, long handshakeRttNanos, JoinOffer offer);

    /** A client's first subflow is established: the application, told next, may ask for addresses and profile. */
    abstract void setActive(SubflowLink first);

    /** A path may be one that nobody dials or uses any more. */
    abstract void onUnused(Path path);

    // ---- the end

    /** All is read and there is nothing more to come. */
    abstract void onStreamEnd(MultipathException cause);

    /** The event loop is shutting down: nothing can be waited for, since timers no longer fire. */
    abstract void closeNow();

    /** There is no place for the session any more: ends it, whatever it does, and tells both ends why. Any thread. */
    abstract void evict(Shortage why);

    /** As {@link #evict(Shortage)}, when its side knows. */
    abstract void evict(String reason);
}
