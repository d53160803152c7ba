package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;
import java.util.Objects;
import java.util.UUID;

/**
 * Draws the names of a server's new sessions: {@link MultipathChannelOption#CONNECTION_ID_GENERATOR}. A load balancer, say, can
 * find the server by some bits of a name; the others should be so many, and so random, that nobody guesses a name, as in the
 * base profile it is all that a subflow needs to join. Called on any event loop, on several at a time, and must not block.
 *
 * <p>A name that cannot be (null, or {@link ConnectionId#ZERO}), or is another session's, is drawn again, a few times. If none
 * comes of that, or the generator throws, the client gets no session; the log says why, and nobody else is affected.
 */
@FunctionalInterface
public interface ConnectionIdGenerator {

    /** Draws version 4 UUIDs from a cryptographic source: 122 bits. */
    ConnectionIdGenerator RANDOM_UUIDS = () -> ConnectionId.of(UUID.randomUUID());

    /**
     * Draws names that carry a server id, by which a load balancer finds the server of a join: docs/PROTOCOL.md, section 10.
     * 90 bits and more are random.
     *
     * @param serverId this server's; no other behind the same address has it while sessions of this one may live
     * @param encoding how a name carries it, which balancers have to know
     * @return the generator
     */
    static ConnectionIdGenerator routable(ServerId serverId, ServerIdEncoding encoding) {
        RoutableConnectionIds ids = new RoutableConnectionIds(
                Objects.requireNonNull(serverId, "serverId"), Objects.requireNonNull(encoding, "encoding"));
        return new ConnectionIdGenerator() {
            @Override
            public ConnectionId nextId() {
                return ids.write(RANDOM_UUIDS.nextId());
            }

            @Override
            public String wrongServer(ConnectionId connectionId) {
                return ids.wrongServer(connectionId);
            }
        };
    }

    /**
     * Looks at the name of a join that no session has here. If it is another server's, the client is told so, and tries again
     * to find that one; else, that its session is no more.
     *
     * @param connectionId the name
     * @return what the client is told, for people, may be empty: which server is wanted, say; null if the name may have been
     *     given here, as any may by default
     */
    default String wrongServer(ConnectionId connectionId) {
        return null;
    }

    /** {@return the name for a new session} */
    ConnectionId nextId();
}
