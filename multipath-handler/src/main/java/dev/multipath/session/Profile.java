package dev.multipath.session;

/** Which protocol a session speaks. Decided once, by the first frame of its first subflow: {@code docs/PROTOCOL.md} 3. */
public enum Profile {
    /** Nothing has been heard of the peer. */
    UNDECIDED,
    /** Go's protocol. */
    BASE,
    /** Negotiated between two ends of this implementation. */
    EXTENDED
}
