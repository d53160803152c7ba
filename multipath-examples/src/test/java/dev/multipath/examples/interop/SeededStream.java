package dev.multipath.examples.interop;

/**
 * The pseudo-random stream of a seed: SplitMix64, eight bytes a step, the lowest first, as the Go peer's {@code stream}
 * gives it (documented in its {@code main.go}). Not thread safe.
 */
final class SeededStream {

    private long state;
    private long word;
    private int bytesLeftInWord;

    SeededStream(final long seed) {
        this.state = seed;
    }

    /** The next {@code bytes} bytes of the stream. */
    byte[] next(final int bytes) {
        final byte[] result = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            result[i] = nextByte();
        }
        return result;
    }

    byte nextByte() {
        if (bytesLeftInWord == 0) {
            word = nextWord();
            bytesLeftInWord = Long.BYTES;
        }
        final byte result = (byte) word;
        word >>>= Byte.SIZE;
        bytesLeftInWord--;
        return result;
    }

    private long nextWord() {
        state += 0x9e3779b97f4a7c15L;
        long z = state;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
