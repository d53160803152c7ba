package dev.multipath.session;

/** The bytes of a fuzz test's program, one after the other; zeros when they are used up. */
final class ProgramReader {

    private final byte[] bytes;
    private int position;

    ProgramReader(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean hasNext() {
        return position < bytes.length;
    }

    /** From 0 to 255. */
    int next() {
        return hasNext() ? Byte.toUnsignedInt(bytes[position++]) : 0;
    }

    boolean nextBoolean() {
        return (next() & 1) == 1;
    }
}
