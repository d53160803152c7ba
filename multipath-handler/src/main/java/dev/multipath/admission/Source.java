package dev.multipath.admission;

/**
 * A range of addresses that counts as one host: a prefix of an IPv6 address, or of an IPv4 address in its IPv4-mapped form
 * (RFC 4291 section 2.5.5.2).
 *
 * @param high the first 64 bits, those behind the prefix zero
 * @param low the last 64 bits, those behind the prefix zero
 */
record Source(long high, long low) {

    private static final int WORD_BITS = Long.SIZE;

    private static final int MAPPED_BITS = 96;
    private static final long MAPPED_LOW = 0xffffL << 32;
    private static final long MAPPED_MASK = -1L << 32;

    /** Of 4 or 16 bytes. */
    static Source of(byte[] address, int ipv4PrefixBits, int ipv6PrefixBits) {
        boolean isShort = address.length == 4;
        long high = isShort ? 0 : word(address, 0, 8);
        long low = isShort ? MAPPED_LOW | word(address, 0, 4) : word(address, 8, 8);
        boolean isIpv4 = high == 0 && (low & MAPPED_MASK) == MAPPED_LOW;
        int bits = isIpv4 ? MAPPED_BITS + ipv4PrefixBits : ipv6PrefixBits;
        return new Source(high & mask(bits), low & mask(bits - WORD_BITS));
    }

    private static long word(byte[] bytes, int from, int count) {
        long word = 0;
        for (int i = from; i < from + count; i++) {
            word = word << Byte.SIZE | bytes[i] & 0xff;
        }
        return word;
    }

    /** The so many highest bits of a word: none, or all, if that is outside of it. */
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= WORD_BITS ? -1 : -1L << (WORD_BITS - bits);
    }
}
