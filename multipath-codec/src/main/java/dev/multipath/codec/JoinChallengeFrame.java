package dev.multipath.codec;

/**
 * The server proves that it knows the session key, and asks the client to do so. Type 4, kind 2.
 *
 * @param serverNonce {@link JoinRequestFrame#NONCE_BYTES} random bytes
 * @param mac the server's proof, {@link JoinRequestFrame#MAC_BYTES} bytes
 */
public record JoinChallengeFrame(OpaqueBytes serverNonce, OpaqueBytes mac) implements ExtendedFrame {
    /**
     * Checks the lengths.
     *
     * @param serverNonce {@link JoinRequestFrame#NONCE_BYTES} bytes
     * @param mac {@link JoinRequestFrame#MAC_BYTES} bytes
     * @throws IllegalArgumentException if one is another
     */
    public JoinChallengeFrame {
        serverNonce.requireLength(JoinRequestFrame.NONCE_BYTES);
        mac.requireLength(JoinRequestFrame.MAC_BYTES);
    }
}
