package dev.multipath.session;

/**
 * The frame numbers to be acknowledged on one subflow, oldest first. Bounded: a peer that sends frames and never reads
 * their acknowledgements loses the oldest, and gets them again when it repeats the frames.
 */
final class AckQueue {

    /** The window's size: all that a well-behaved peer can have unacknowledged. */
    static final int MAX_ACKS = WindowLimits.MAX_FRAMES;

    private static final int INITIAL_SLOTS = 16;

    /** Only the base profile needs any. */
    private static final long[] NO_SLOTS = {};

    private long[] slots = NO_SLOTS;
    private int head;
    private int size;

    void add(long frameNumber) {
        if (size == slots.length) {
            if (size == MAX_ACKS) {
                poll();
            } else {
                grow();
            }
        }
        slots[(head + size) & (slots.length - 1)] = frameNumber;
        size++;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The oldest. Only if not empty. */
    long poll() {
        long frameNumber = slots[head];
        head = (head + 1) & (slots.length - 1);
        size--;
        return frameNumber;
    }

    private void grow() {
        long[] old = slots;
        slots = new long[Math.max(INITIAL_SLOTS, old.length * 2)];
        for (int i = 0; i < size; i++) {
            slots[i] = old[(head + i) & (old.length - 1)];
        }
        head = 0;
    }
}
