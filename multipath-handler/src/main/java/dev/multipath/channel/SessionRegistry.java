package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import io.netty.channel.Channel;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/** The open sessions of a server, by name, and the connections in their handshake; both limited. Thread-safe. */
final class SessionRegistry {

    private final OptionValues options;
    private final ConcurrentMap<ConnectionId, MultipathChannel> sessions = new ConcurrentHashMap<>();
    private final FinishedSessions finished = new FinishedSessions();
    private final AtomicInteger size = new AtomicInteger();
    private final Set<Channel> pendingHandshakes = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    SessionRegistry(OptionValues options) {
        this.options = options;
    }

    /** Enters a new session under a random name that nobody can guess; null if there are too many, or the server is closed. */
    MultipathChannel open(Function<ConnectionId, MultipathChannel> factory) {
        if (closed) {
            return null;
        }
        if (size.incrementAndGet() > options.get(MultipathChannelOption.MAX_SESSIONS)) {
            size.decrementAndGet();
            return null;
        }
        ConnectionId connectionId = ConnectionId.of(UUID.randomUUID());
        MultipathChannel session = factory.apply(connectionId);
        sessions.put(connectionId, session);
        return session;
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
        if (sessions.remove(session.accepted().connectionId(), session)) {
            size.decrementAndGet();
        }
    }

    /** Each open session; one that is entered meanwhile may be left out. */
    void forEach(Consumer<MultipathChannel> action) {
        sessions.values().forEach(action);
    }

    int size() {
        return sessions.size();
    }

    /** Enters a connection that has not said its session yet; false if there are too many, or the server is closed. */
    boolean tryBeginHandshake(Channel connection) {
        pendingHandshakes.add(connection);
        // In this order: what close() does not see here sees that it is closed.
        if (closed || pendingHandshakes.size() > options.get(MultipathChannelOption.MAX_PENDING_HANDSHAKES)) {
            pendingHandshakes.remove(connection);
            return false;
        }
        return true;
    }

    void endHandshake(Channel connection) {
        pendingHandshakes.remove(connection);
    }

    /** Ends the handshakes: nobody will be given a session any more. */
    void close() {
        closed = true;
        pendingHandshakes.forEach(Channel::close);
    }

    int pendingHandshakes() {
        return pendingHandshakes.size();
    }
}
