package dev.multipath.codec;

/**
 * The first extended frame of each direction of a subflow: what its sender is and will take. Type 2.
 *
 * @param minorVersion of the extended profile; at present 0, and any other is taken too
 * @param features bits of {@link #RESUMPTION}, {@link #ADDRESSES}, {@link #SUSPICIONS}, {@link #GOING_AWAY} and {@link
 *     #JOINS_ELSEWHERE}; unknown ones are ignored
 * @param maxDataBytes how many bytes of stream its receiver may send in all, as in {@link CumulativeAckFrame}
 * @param resumptionTimeoutMillis how long its sender keeps the session without a subflow; 0 for not at all
 * @param maxSubflows how many subflows its sender wants at the most
 * @param sessionKey from the server on the session's first subflow, to prove later ones with; else {@code null}
 */
public record HelloFrame(
        long minorVersion,
        long features,
        long maxDataBytes,
        long resumptionTimeoutMillis,
        long maxSubflows,
        OpaqueBytes sessionKey)
        implements ExtendedFrame {

    /** The minor version that this code speaks. */
    public static final long MINOR_VERSION = 0;

    /** Feature bit: the sender keeps the session when all subflows are lost. */
    public static final long RESUMPTION = 1;

    /** Feature bit: the sender listens to {@link AddAddressFrame} and {@link RemoveAddressFrame}. */
    public static final long ADDRESSES = 2;

    /** Feature bit: the sender heeds {@link PathSuspectFrame}. */
    public static final long SUSPICIONS = 4;

    /** Feature bit: the sender listens to {@link GoingAwayFrame}. */
    public static final long GOING_AWAY = 16;

    /**
     * Feature bit: the sender, a server, wants joins at addresses that it announces, and nowhere else: others listen where sessions
     * are asked for (as {@code C} of RFC 8684 section 3.1).
     */
    public static final long JOINS_ELSEWHERE = 32;

    /** The length of a session key. */
    public static final int SESSION_KEY_BYTES = 32;

    /**
     * Checks the ranges.
     *
     * @param minorVersion 0 to {@link VarInt#MAX_VALUE}
     * @param features 0 to {@link VarInt#MAX_VALUE}
     * @param maxDataBytes 0 to {@link VarInt#MAX_VALUE}
     * @param resumptionTimeoutMillis 0 to {@link VarInt#MAX_VALUE}
     * @param maxSubflows 0 to {@link VarInt#MAX_VALUE}
     * @param sessionKey {@link #SESSION_KEY_BYTES} bytes, or {@code null}
     * @throws IllegalArgumentException if a number cannot be encoded or the key has another length
     */
    public HelloFrame {
        VarInt.requireEncodable(minorVersion);
        VarInt.requireEncodable(features);
        VarInt.requireEncodable(maxDataBytes);
        VarInt.requireEncodable(resumptionTimeoutMillis);
        VarInt.requireEncodable(maxSubflows);
        if (sessionKey != null) {
            sessionKey.requireLength(SESSION_KEY_BYTES);
        }
    }
}
