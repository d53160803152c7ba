package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;

/** Which protocol a session speaks. Decided once, by the first frame of its first subflow: {@code docs/PROTOCOL.md} 3. */
public enum Profile {
    /** Nothing has been heard of the peer. */
    UNDECIDED,
    /** Go's protocol. */
    BASE,
    /** Negotiated between two ends of this implementation. */
    EXTENDED;

    /**
     * {@return whether a direction is known to end while the other goes on (a half-close)} Else the end of one is that of both. Of
     * one that is undecided nobody knows.
     */
    public boolean hasHalfClose() {
        return this == EXTENDED;
    }

    /**
     * {@return whether a peer that has this to say first on a subflow speaks the extended profile} All that decide on that ask
     * here: a client that dials, either end of a session, and who answers those that come late.
     *
     * @param first its first frame; {@code null} for one of data that has not arrived whole
     */
    static boolean isExtended(Frame first) {
        return first instanceof ControlFrame control && control.isExtended();
    }
}
