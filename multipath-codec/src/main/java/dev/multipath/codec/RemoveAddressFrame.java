package dev.multipath.codec;

/**
 * The sender can no longer be reached at an address. Type 7, kind 2.
 *
 * @param sequence greater than in every address frame that the sender sent in this session before
 * @param addressId the name that it gave the address
 */
public record RemoveAddressFrame(long sequence, long addressId) implements ExtendedFrame {
    /**
     * Checks the numbers.
     *
     * @param sequence 0 to {@link VarInt#MAX_VALUE}
     * @param addressId 0 to {@link VarInt#MAX_VALUE}
     * @throws IllegalArgumentException if one cannot be encoded
     */
    public RemoveAddressFrame {
        VarInt.requireEncodable(sequence);
        VarInt.requireEncodable(addressId);
    }
}
