package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.path.Path;
import dev.multipath.session.FinishedSession;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/**
 * Which end of its session a channel is, and what follows from that: a client's, which dials its subflows ({@link
 * DialledSubflows}), or a server's, which lets them in ({@link AcceptedSubflows}). On the session's event loop.
 */
interface SessionSide {

    /** Those of the client for itself, of the server for all of its sessions. */
    OptionValues options();

    /** The session begins; nothing below is called before. */
    void begin(DrivenSession newDriver);

    // ---- subflows

    /** A subflow is a member from now on, perhaps in the place of one that does not deliver: that one goes. */
    void makeRoomFor(SubflowLink member);

    /** It stands in the channel's addresses now. */
    void onAdded(SubflowLink link);

    void onRemoved(SubflowLink link, Throwable cause);

    /** It was not let into the session, by our own will if there is no cause: nobody else hears of it. */
    void onRefused(SubflowLink link, Throwable cause);

    void onStale(SubflowLink link);

    void onRecovered(SubflowLink link);

    /** It has come to be suspect, or is so no more: only who can dial makes something of it. */
    void onSuspicion(SubflowLink link);

    /** Whether the path would get a subflow if it had none. */
    boolean keeps(Path path);

    /** By what the way that a subflow takes is known again; a value. */
    Object route(Path path);

    // ---- the peer's addresses

    /** The peer has announced an address that is of use here. */
    void onAddressAdded(InetSocketAddress address, List<SocketAddress> reached);

    void onAddressRemoved(InetSocketAddress address);

    /** The peer, a server, wants joins at addresses that it announces, and nowhere else. */
    default void onJoinsElsewhere() {
        // Only who dials makes something of it.
    }

    // ---- the session

    /** The session's place at a server, and by what it holds it; null if it has none. */
    SessionStanding standing();

    /** Once a pump: the profile may be decided. */
    void onSessionChanged();

    /** The session is over; what was received can still be read. Once a pump, until the channel closes. */
    void onSessionOver();

    /**
     * The channel has closed.
     *
     * @param cut whether the peer must not take this for the end of the stream
     * @param remains what is to be kept of the session for its peer; or null
     */
    void onClosed(boolean cut, FinishedSession remains);

    /** After the channel has closed: the peer has said its last word too. */
    void onPeerFinished();

    /** There is no place for the session any more: ends it, whatever it does. */
    void evict(Shortage why);
}
