package dev.multipath.codec;

import java.nio.charset.StandardCharsets;

/**
 * The sender's last word: it has given the session up, or has finished it. Type 6.
 *
 * @param code why: below {@link #FIRST_APPLICATION_CODE} one of this class, from there the application's
 * @param reason for people, at most {@link #MAX_REASON_BYTES} in UTF-8, may be empty; as it came, so {@link PeerText#escape}
 *     is due before it is shown
 */
public record ResetFrame(long code, String reason) implements ExtendedFrame {

    /** The application has closed and reads no more. What its peer has sent before its own FIN may be lost. */
    public static final long NO_READER = 0;

    /** The peer broke the protocol. Not sent at present: a violation costs the subflow, not the session. */
    public static final long PROTOCOL_VIOLATION = 1;

    /** The server does not know the session, or no longer. */
    public static final long UNKNOWN_SESSION = 2;

    /** The sender's linger time is over, and not all of its data are acknowledged. */
    public static final long LINGER_EXPIRED = 3;

    /** The sender's event loop shuts down. */
    public static final long GOING_AWAY = 4;

    /** A part of what the sender's application has written cannot be sent, such as a file that cannot be read. */
    public static final long INCOMPLETE = 5;

    /** Something at the sender has failed that should not, its application's scheduler for one. */
    public static final long INTERNAL_ERROR = 6;

    /**
     * Nothing is wrong: the sender has everything and knows that its peer has, or it has taken its peer's own last word. Nobody
     * need wait for anything.
     */
    public static final long FINISHED = 7;

    /** The name that was asked for says that the session is another server's. */
    public static final long WRONG_SERVER = 8;

    /** The session has as many subflows as it may have, and all deliver. */
    public static final long TOO_MANY_SUBFLOWS = 9;

    /** Codes from here on belong to the application. */
    public static final long FIRST_APPLICATION_CODE = 256;

    /** The longest reason. */
    public static final int MAX_REASON_BYTES = 1024;

    /**
     * Checks code and reason.
     *
     * @param code 0 to {@link VarInt#MAX_VALUE}
     * @param reason not null, at most {@link #MAX_REASON_BYTES} in UTF-8
     * @throws IllegalArgumentException if the code cannot be encoded, or the reason is too long
     */
    public ResetFrame {
        VarInt.requireEncodable(code);
        requireReason(reason);
    }

    static void requireReason(String reason) {
        int bytes = reason.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_REASON_BYTES) {
            throw new IllegalArgumentException("reason of " + bytes + " bytes is longer than " + MAX_REASON_BYTES);
        }
    }

    /** With the reason fit to be shown: {@link PeerText#escape}. */
    @Override
    public String toString() {
        return "ResetFrame[code=" + code + ", reason=" + PeerText.escape(reason) + "]";
    }
}
