package dev.multipath.codec;

/**
 * How the sender wants a subflow to be used. Type 8, kind 1.
 *
 * @param sequence greater than in every path status that the sender sent in this session before
 * @param pathId the subflow's name
 * @param backup whether data should go over it only while no other subflow delivers
 */
public record PathStatusFrame(long sequence, long pathId, boolean backup) implements ExtendedFrame {
    /**
     * Checks the numbers.
     *
     * @param sequence 0 to {@link VarInt#MAX_VALUE}
     * @param pathId 0 to {@link VarInt#MAX_VALUE}
     * @param backup either value
     * @throws IllegalArgumentException if one cannot be encoded
     */
    public PathStatusFrame {
        VarInt.requireEncodable(sequence);
        VarInt.requireEncodable(pathId);
    }
}
