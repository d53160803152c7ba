package dev.multipath.codec;

/**
 * What the sender sends on a subflow is not acknowledged, so that may be dead: said on another one, for the receiver may have
 * no way to find out. Type 8, kind 3.
 *
 * @param pathId the subflow's name
 */
public record PathSuspectFrame(long pathId) implements ExtendedFrame {
    /**
     * Checks the number.
     *
     * @param pathId 0 to {@link VarInt#MAX_VALUE}
     * @throws IllegalArgumentException if it cannot be encoded
     */
    public PathSuspectFrame {
        VarInt.requireEncodable(pathId);
    }
}
