package dev.multipath.codec;

import java.util.Objects;

/**
 * The first bytes that each side sends on a subflow: one byte of version, then the session's connection ID.
 *
 * @param version      the protocol version, 0 to 255; only {@link #VERSION} is spoken
 * @param connectionId the session that the subflow belongs to, or {@link ConnectionId#ZERO} to ask for a new one
 */
public record Preface(int version, ConnectionId connectionId) implements MultipathMessage {
    /** The only version there is. */
    public static final int VERSION = 0;

    /** The length on the wire, in bytes. */
    public static final int LENGTH = 1 + ConnectionId.LENGTH;

    private static final int MAX_VERSION = 0xff;

    /**
     * Checks that the version fits its byte.
     *
     * @param version 0 to 255
     * @param connectionId not null
     * @throws IllegalArgumentException if it does not
     */
    public Preface {
        if (version < 0 || version > MAX_VERSION) {
            throw new IllegalArgumentException("version " + version + " is not in 0.." + MAX_VERSION);
        }
        Objects.requireNonNull(connectionId, "connectionId");
    }

    /**
     * The preface of the spoken version.
     *
     * @param connectionId the session that the subflow belongs to, or {@link ConnectionId#ZERO} to ask for a new one
     */
    public Preface(ConnectionId connectionId) {
        this(VERSION, connectionId);
    }
}
