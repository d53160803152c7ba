package dev.multipath.channel;

import dev.multipath.admission.Place;
import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import dev.multipath.transport.SubflowConnection;
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
    record Opening(AcceptedSession session, Shortage shortage) {

        static Opening refused(Shortage shortage) {
            return new Opening(null, shortage);
        }
    }

    /** Who waits until all have left, and sees to it. */
    interface Leaver {

        /** A session is there, at the beginning or now. */
        void onSession(AcceptedSession session);

        /** A session or a handshake has ended. */
        void onLeft();
    }

    private final OptionValues options;
    private final Admission admission;
    private final ConcurrentMap<ConnectionId, AcceptedSession> sessions = new ConcurrentHashMap<>();
    private final FinishedSessions finished = new FinishedSessions();
    private final Set<Arrival> pendingHandshakes = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Null unless the server is on its way out. */
    private volatile Leaver drain;

    SessionRegistry(OptionValues options) {
        this.options = options;
        admission = new Admission(options);
    }

    Admission admission() {
        return admission;
    }

    /** Enters a new session, that comes over that connection, under a name of its own; not if there is no name or place for it. */
    Opening open(SubflowConnection first, Function<ConnectionId, AcceptedSession> factory) {
        if (closed) {
            return Opening.refused(Shortage.CLOSING);
        }
        // Before it has a place: it may lose that at once.
        AcceptedSession session = enterUnderNewName(factory);
        if (session == null) {
            return Opening.refused(Shortage.NAMES);
        }
        Place place = new Place(admission.sourceOf(first.addresses().remote()), session::evict);
        session.standing().hold(place);
        session.standing().holdResources(Admission.heldBy(List.of(first)));
        Shortage shortage = admission.enterSession(place);
        if (shortage != null) {
            sessions.remove(session.connectionId(), session);
            return Opening.refused(shortage);
        }
        return new Opening(session, null);
    }

    private AcceptedSession enterUnderNewName(Function<ConnectionId, AcceptedSession> factory) {
        return SessionNames.enter(options.get(MultipathChannelOption.CONNECTION_ID_GENERATOR), connectionId -> {
            // In this order: one that ends is remembered as finished before it is removed here.
            if (sessions.containsKey(connectionId) || finished.isTaken(connectionId)) {
                return null;
            }
            AcceptedSession session = factory.apply(connectionId);
            return sessions.putIfAbsent(connectionId, session) == null ? session : null;
        });
    }

    /** The open session of that name, or null. */
    AcceptedSession find(ConnectionId connectionId) {
        return sessions.get(connectionId);
    }

    /** Those that are over, but may be asked for. */
    FinishedSessions finished() {
        return finished;
    }

    void remove(AcceptedSession session) {
        sessions.remove(session.connectionId(), session);
        session.standing().leave();
        onLeft();
    }

    /** Each open session; one that is entered meanwhile may be left out. */
    void forEach(Consumer<AcceptedSession> action) {
        sessions.values().forEach(action);
    }

    /** The open sessions, as they are now. */
    List<AcceptedSession> all() {
        return List.copyOf(sessions.values());
    }

    int size() {
        return sessions.size();
    }

    /** Enters a connection that has not proved yet that it belongs to a session; tells what is short if there is no place. */
    Shortage beginHandshake(Arrival handshake) {
        pendingHandshakes.add(handshake);
        // In this order: what close() does not see here sees that it is closed.
        Shortage shortage = closed ? Shortage.CLOSING : admission.enterHandshake(handshake.place());
        if (shortage != null) {
            pendingHandshakes.remove(handshake);
        }
        return shortage;
    }

    void endHandshake(Arrival handshake) {
        if (pendingHandshakes.remove(handshake)) {
            admission.handshakes().leave(handshake.place());
            handshake.onEnded();
            onLeft();
        }
    }

    private void onLeft() {
        Leaver begun = drain;
        if (begun != null) {
            begun.onLeft();
        }
    }

    /** The server is on its way out, which each session is told. */
    void beginDrain(Leaver begun) {
        drain = begun;
        forEach(begun::onSession);
        begun.onLeft();
    }

    boolean isDraining() {
        return drain != null;
    }

    /** A session has its event loop from now on, on which this is called. */
    void onRegistered(AcceptedSession session) {
        Leaver begun = drain;
        if (begun != null) {
            session.channel().eventLoop().execute(() -> begun.onSession(session));
        }
    }

    /** Ends the handshakes: nobody will be given a session any more. */
    void close() {
        closed = true;
        pendingHandshakes.forEach(Arrival::cancel);
    }

    int pendingHandshakes() {
        return pendingHandshakes.size();
    }
}
