package dev.multipath.codec;

/** A value was to be written that has no encoding as a {@link VarInt}: it is negative or has more than 62 bits. */
public final class VarIntRangeException extends IllegalArgumentException {
    private final long value;

    /**
     * Names the value.
     *
     * @param value what has no encoding
     */
    public VarIntRangeException(long value) {
        super("varint " + value + " is not in 0.." + VarInt.MAX_VALUE);
        this.value = value;
    }

    /**
     * The value that has no encoding.
     *
     * @return a negative number, or one over {@link VarInt#MAX_VALUE}
     */
    public long value() {
        return value;
    }
}
