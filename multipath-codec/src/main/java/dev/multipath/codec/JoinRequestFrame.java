package dev.multipath.codec;

/**
 * A client asks to add a subflow to a session. Type 4, kind 1.
 *
 * @param pathId the client's name for the subflow: never used before in this session, from 1
 * @param clientNonce {@link #NONCE_BYTES} random bytes
 */
public record JoinRequestFrame(long pathId, OpaqueBytes clientNonce) implements ExtendedFrame {

    /** The length of both sides' nonces. */
    public static final int NONCE_BYTES = 16;

    /** The length of both sides' proofs: HMAC-SHA-256. */
    public static final int MAC_BYTES = 32;

    /**
     * Checks the values.
     *
     * @param pathId 1 to {@link VarInt#MAX_VALUE}
     * @param clientNonce {@link #NONCE_BYTES} bytes
     * @throws IllegalArgumentException if the path id is not positive or cannot be encoded, or the nonce has another length
     */
    public JoinRequestFrame {
        if (pathId <= 0) {
            throw new IllegalArgumentException("path id " + pathId + " of a join is not positive");
        }
        VarInt.requireEncodable(pathId);
        clientNonce.requireLength(NONCE_BYTES);
    }
}
