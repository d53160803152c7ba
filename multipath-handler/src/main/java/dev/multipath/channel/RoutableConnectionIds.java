package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;

/**
 * Names that lead to this server.
 *
 * @param serverId this server
 * @param encoding how the names carry it
 */
record RoutableConnectionIds(ServerId serverId, ServerIdEncoding encoding) {

    ConnectionId write(ConnectionId random) {
        return encoding.write(serverId, random);
    }

    String wrongServer(ConnectionId connectionId) {
        ServerId wanted = encoding.read(connectionId, serverId.lengthBytes());
        if (wanted.equals(serverId)) {
            return null;
        }
        // Who has not the key is not to learn whose it is.
        return encoding.isMasked() ? "" : "server " + wanted + " is wanted, this is " + serverId;
    }
}
