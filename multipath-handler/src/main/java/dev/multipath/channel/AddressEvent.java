package dev.multipath.channel;

import java.net.InetSocketAddress;

/**
 * Fired through the pipeline of a {@link MultipathChannel} as a user event when its peer says that it can be reached at a
 * further address, or no longer ({@code ADD_ADDR} and {@code REMOVE_ADDR} of RFC 8684 section 3.4). On the channel's event
 * loop. Whether a client dials it, {@link MultipathChannelOption#ADDRESS_POLICY} decides.
 *
 * @param kind what
 * @param address where
 */
public record AddressEvent(Kind kind, InetSocketAddress address) {

    /** The kinds of events. */
    public enum Kind {
        /** The peer can be reached there too. */
        ADDED,
        /** The peer can no longer be reached there. */
        REMOVED
    }
}
