package dev.multipath.examples;

import dev.multipath.quic.QuicAddress;
import java.net.InetSocketAddress;

/** What stands before an address on the command line, and says what carries its path. */
enum AddressScheme {
    /** Nothing: whatever {@code --transport} says. */
    NONE(""),

    /** QUIC, whatever else there is. */
    QUIC("quic://");

    private static final String SEPARATOR = "://";

    private final String prefix;

    AddressScheme(String prefix) {
        this.prefix = prefix;
    }

    /**
     * The one of an address.
     *
     * @throws IllegalArgumentException if it has another
     */
    static AddressScheme of(String text) {
        if (text.startsWith(QUIC.prefix)) {
            return QUIC;
        }
        if (text.contains(SEPARATOR)) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT or quic://HOST:PORT");
        }
        return NONE;
    }

    /** The rest of an address that has it. */
    String strip(String text) {
        return text.substring(prefix.length());
    }

    /** The address at a place. */
    InetSocketAddress at(InetSocketAddress place) {
        return this == QUIC ? QuicAddress.of(place) : place;
    }

    /** As it stands before an address. */
    @Override
    public String toString() {
        return prefix;
    }
}
