package dev.multipath.codec;

/**
 * The client proves that it knows the session key. Type 4, kind 3.
 *
 * @param mac the client's proof, {@link JoinRequestFrame#MAC_BYTES} bytes
 */
public record JoinResponseFrame(OpaqueBytes mac) implements ExtendedFrame {
    /**
     * Checks the length.
     *
     * @param mac {@link JoinRequestFrame#MAC_BYTES} bytes
     * @throws IllegalArgumentException if it is another
     */
    public JoinResponseFrame {
        mac.requireLength(JoinRequestFrame.MAC_BYTES);
    }
}
