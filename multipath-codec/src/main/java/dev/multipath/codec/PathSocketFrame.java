package dev.multipath.codec;

/**
 * The subflow on which it comes is one of several connections that its sender has made of one path: those of the same number are
 * of the same. What is sent on all of them is to take no more of the path than one would. Type 8, kind 4.
 *
 * @param group the sender's number for the path
 */
public record PathSocketFrame(long group) implements ExtendedFrame {
    /**
     * Checks the number.
     *
     * @param group 0 to {@link VarInt#MAX_VALUE}
     * @throws IllegalArgumentException if it cannot be encoded
     */
    public PathSocketFrame {
        VarInt.requireEncodable(group);
    }
}
