package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;

/**
 * Names that lead to this server: {@link ConnectionIdGenerator#routable}.
 *
 * @param serverId this server
 * @param encoding how the names carry it
 */
record RoutableConnectionIds(ServerId serverId, ServerIdEncoding encoding) implements ConnectionIdGenerator {

    @Override
    public ConnectionId nextId() {
        return encoding.write(serverId, RANDOM_UUIDS.nextId());
    }

    @Override
    public String wrongServer(ConnectionId connectionId) {
        ServerId wanted = encoding.read(connectionId, serverId.lengthBytes());
        if (wanted.equals(serverId)) {
            return null;
        }
        // Who has not the key is not to learn whose it is.
        return encoding.isMasked() ? "" : "server " + wanted + " is wanted, this is " + serverId;
    }
}
