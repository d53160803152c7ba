package dev.multipath.codec;

import java.net.InetSocketAddress;

/**
 * The sender can also be reached there. Type 7, kind 1.
 *
 * @param sequence greater than in every address frame that the sender sent in this session before
 * @param addressId the sender's name for the address
 * @param address resolved, IPv4 or IPv6, without a scope
 */
public record AddAddressFrame(long sequence, long addressId, InetSocketAddress address) implements ExtendedFrame {
    /**
     * Checks the values.
     *
     * @param sequence 0 to {@link VarInt#MAX_VALUE}
     * @param addressId 0 to {@link VarInt#MAX_VALUE}
     * @param address resolved
     * @throws IllegalArgumentException if a number cannot be encoded or the address is unresolved
     */
    public AddAddressFrame {
        VarInt.requireEncodable(sequence);
        VarInt.requireEncodable(addressId);
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("unresolved address " + address);
        }
    }
}
