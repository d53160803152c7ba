package dev.multipath.admission;

/**
 * What the holder of a place has shown of itself, the least first: in this order places are taken away when there are too
 * few. Handshakes and sessions have places of their own, so the two groups never compete.
 */
public enum Standing {
    /** A connection that has been silent since it was accepted. */
    CONNECTED,
    /** Something has come over it: a part of a TLS handshake, or of a preface. */
    SPEAKING,
    /** Its TLS handshake is done. */
    SECURED,
    /** Its preface names a session, and it has yet to prove that it belongs to that. */
    JOINING,

    /** A session that lost all its subflows before it had carried anything to speak of. */
    VANISHED,
    /** A session that a preface has asked for, without a frame since. More than one that has vanished: it may be arriving. */
    ASKED,
    /** A session whose client answers, and that has carried next to nothing. */
    GREETED,
    /** A session that has carried something, and has been without a subflow for longer than it has earned by that. */
    SUSPENDED,
    /** A session that has carried something, and has been at rest for longer than it has earned by that. */
    IDLE,
    /** A session that carries, or has not used up yet what it has earned: no newcomer takes its place, if its source has no more than it may. */
    EARNED
}
