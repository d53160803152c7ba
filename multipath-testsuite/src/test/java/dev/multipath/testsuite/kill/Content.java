package dev.multipath.testsuite.kill;

import java.nio.ByteBuffer;

/**
 * What the streams of a run consist of: every eight bytes are their own address (run, session, direction, place),
 * enciphered, so that they look random and yet tell where they belong. A wrong byte's neighbours say of which session and
 * which place they are.
 */
final class Content {

    private static final int WORD_BYTES = Long.BYTES;

    // of a word, from the highest bit: mark (8), run (8), session (20), direction (1), place (27)
    private static final long MARK = 0x5A;
    private static final int PLACE_BITS = 27;
    private static final int SESSION_SHIFT = PLACE_BITS + 1;
    private static final int RUN_SHIFT = SESSION_SHIFT + 20;
    private static final int MARK_SHIFT = RUN_SHIFT + 8;

    static final int MAX_SESSIONS = 1 << 20;

    /** Of this process: another one that runs the same test at the same time has other bytes. */
    private static final long RUN = ProcessHandle.current().pid() & 0xFF;

    private Content() {}

    private static long word(int session, Direction direction, long place) {
        return encipher(MARK << MARK_SHIFT
                | RUN << RUN_SHIFT
                | (long) session << SESSION_SHIFT
                | (long) direction.ordinal() << PLACE_BITS
                | place);
    }

    /** The mixing function of SplitMix64: a bijection. */
    private static long encipher(long plain) {
        long mixed = (plain ^ plain >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    /** Its inverse. */
    private static long decipher(long mixed) {
        long plain = (mixed ^ mixed >>> 31 ^ mixed >>> 62) * 0x319642B2D24D8EC3L;
        plain = (plain ^ plain >>> 27 ^ plain >>> 54) * 0x96DE1B173F119089L;
        return plain ^ plain >>> 30 ^ plain >>> 60;
    }

    /** The bytes of a stream from an offset on. */
    static byte[] bytes(int session, Direction direction, long offset, int length) {
        long firstWord = offset / WORD_BYTES;
        int skipped = (int) (offset % WORD_BYTES);
        int words = (skipped + length + WORD_BYTES - 1) / WORD_BYTES;
        ByteBuffer whole = ByteBuffer.allocate(words * WORD_BYTES);
        for (int i = 0; i < words; i++) {
            whole.putLong(word(session, direction, firstWord + i));
        }
        byte[] bytes = new byte[length];
        whole.get(skipped, bytes);
        return bytes;
    }

    /**
     * Says where bytes belong, whichever stream of this run they are from.
     *
     * @param bytes around the first wrong one
     * @param index of the first wrong one
     */
    static String origin(byte[] bytes, int index) {
        for (int at = index; at <= index + WORD_BYTES && at + WORD_BYTES <= bytes.length; at++) {
            long plain = decipher(ByteBuffer.wrap(bytes).getLong(at));
            if (plain >>> MARK_SHIFT == MARK && isSure(bytes, at, plain)) {
                long run = plain >>> RUN_SHIFT & 0xFF;
                long session = plain >>> SESSION_SHIFT & MAX_SESSIONS - 1;
                Direction direction = Direction.values()[(int) (plain >>> PLACE_BITS & 1)];
                long offset = (plain & (1L << PLACE_BITS) - 1) * WORD_BYTES - (at - index);
                return (run == RUN ? "" : "ANOTHER PROCESS, ") + "session " + session + " " + direction + " offset "
                        + offset;
            }
        }
        return "no stream of this run (or too few bytes to tell)";
    }

    /** Whether the next word follows: one alone has the mark by chance in one of 256 places. */
    private static boolean isSure(byte[] bytes, int at, long plain) {
        int next = at + WORD_BYTES;
        return next + WORD_BYTES <= bytes.length
                && decipher(ByteBuffer.wrap(bytes).getLong(next)) == plain + 1;
    }
}
