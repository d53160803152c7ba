package dev.multipath.channel;

import dev.multipath.admission.Place;
import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import java.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** The open sessions of a server, by name, and the connections in their handshake, each with its place. Thread-safe. */
final class SessionRegistry {

    /**
     * What became of the wish for a session.
     *
     * @param session null if there was no place
     * @param shortage why; null if there was one
     */
    record Opening(MultipathChannel session, Shortage shortage) {

        static Opening refused(Shortage shortage) {
            return new Opening(null, shortage);
        }
    }

    private final OptionValues options;
    private final Admission admission;
    private final ConcurrentMap<ConnectionId, MultipathChannel> sessions = new ConcurrentHashMap<>();
    private final FinishedSessions finished = new FinishedSessions();
    private final Set<ServerHandshakeHandler> pendingHandshakes = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Null unless the server is on its way out. */
    private volatile Drain drain;

    SessionRegistry(OptionValues options) {
        this.options = options;
        admission = new Admission(options);
    }

    Admission admission() {
        return admission;
    }

    /** Enters a new session of a client there under a name of its own; not if there is no name or place for it. */
    Opening open(SocketAddress client, Function<ConnectionId, MultipathChannel> factory) {
        if (closed) {
            return Opening.refused(Shortage.CLOSING);
        }
        // Before it has a place: it may lose that at once.
        MultipathChannel session = enterUnderNewName(factory);
        if (session == null) {
            return Opening.refused(Shortage.NAMES);
        }
        Place place = new Place(admission.sourceOf(client), session.accepted()::evict);
        session.accepted().standing().hold(place);
        Shortage shortage = admission.enterSession(place);
        if (shortage != null) {
            sessions.remove(session.accepted().connectionId(), session);
            return Opening.refused(shortage);
        }
        return new Opening(session, null);
    }

    private MultipathChannel enterUnderNewName(Function<ConnectionId, MultipathChannel> factory) {
        return SessionNames.enter(options.get(MultipathChannelOption.CONNECTION_ID_GENERATOR), connectionId -> {
            // In this order: one that ends is remembered as finished before it is removed here.
            if (sessions.containsKey(connectionId) || finished.isTaken(connectionId)) {
                return null;
            }
            MultipathChannel session = factory.apply(connectionId);
            return sessions.putIfAbsent(connectionId, session) == null ? session : null;
        });
    }

    /** The open session of that name, or null. */
    MultipathChannel find(ConnectionId connectionId) {
        return sessions.get(connectionId);
    }

    /** Those that are over, but may be asked for. */
    FinishedSessions finished() {
        return finished;
    }

    void remove(MultipathChannel session) {
        sessions.remove(session.accepted().connectionId(), session);
        session.accepted().standing().leave();
        onLeft();
    }

    /** Each open session; one that is entered meanwhile may be left out. */
    void forEach(Consumer<MultipathChannel> action) {
        sessions.values().forEach(action);
    }

    /** Each open session, as it is now. */
    List<SessionSnapshot> snapshots() {
        return sessions.values().stream().map(MultipathChannel::snapshot).toList();
    }

    int size() {
        return sessions.size();
    }

    /** Enters a connection that has not proved yet that it belongs to a session; tells what is short if there is no place. */
    Shortage beginHandshake(ServerHandshakeHandler handshake) {
        pendingHandshakes.add(handshake);
        // In this order: what close() does not see here sees that it is closed.
        Shortage shortage = closed ? Shortage.CLOSING : admission.enterHandshake(handshake.place());
        if (shortage != null) {
            pendingHandshakes.remove(handshake);
        }
        return shortage;
    }

    void endHandshake(ServerHandshakeHandler handshake) {
        if (pendingHandshakes.remove(handshake)) {
            admission.handshakes().leave(handshake.place());
            handshake.onEnded();
            onLeft();
        }
    }

    private void onLeft() {
        Drain begun = drain;
        if (begun != null) {
            begun.onLeft();
        }
    }

    /** The server is on its way out, which each session is told. */
    void beginDrain(Drain begun) {
        drain = begun;
        forEach(begun::onSession);
        begun.onLeft();
    }

    boolean isDraining() {
        return drain != null;
    }

    /** A session has its event loop from now on, on which this is called. */
    void onRegistered(MultipathChannel session) {
        Drain begun = drain;
        if (begun != null) {
            session.eventLoop().execute(() -> begun.onSession(session));
        }
    }

    /** Ends the handshakes: nobody will be given a session any more. */
    void close() {
        closed = true;
        pendingHandshakes.forEach(ServerHandshakeHandler::cancel);
    }

    int pendingHandshakes() {
        return pendingHandshakes.size();
    }
}
