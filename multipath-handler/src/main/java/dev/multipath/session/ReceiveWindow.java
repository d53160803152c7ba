package dev.multipath.session;

import dev.multipath.codec.DataFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Puts received frames in order. Frames at or above {@code nextExpected} wait in a ring indexed by frame number; those
 * below it are in the queue for the application, or were read. Bounded in frames by the window and a limit of unread ones,
 * and in bytes by a limit and one frame, against a peer that sends what nobody reads, or everything but the frame that is
 * missing. Under credit (the extended profile) the peer keeps within what it was granted, which the caller checks; then
 * nothing is dropped for its size, and small payloads that nobody reads are put together.
 */
final class ReceiveWindow {

    /** What became of a frame. */
    enum Verdict {
        /** Kept; to be acknowledged. */
        ACCEPTED,
        /** Received before; to be acknowledged again, since the first acknowledgement may have been lost. */
        DUPLICATE,
        /** Not kept and not to be acknowledged: the peer has to send it again. */
        DROPPED
    }

    /** Buffers that wait for the application: each costs some 200 bytes beside its payload, which may be one byte. */
    static final int MAX_READABLE_FRAMES = 4 * WindowLimits.MAX_FRAMES;

    /** Grows by doubling, so that an idle session stays small, and a quiet one in the processor's cache. */
    private static final int INITIAL_SLOTS = 8;

    /** Until a frame has to wait for another: never, in many a session. */
    private static final ByteBuf[] NO_SLOTS = {};

    /** From so many unread buffers on, under credit, those below that size are copied together. */
    private static final int MERGE_ABOVE_FRAMES = 1024;

    private static final int MERGE_BELOW_BYTES = 4 << 10;
    private static final int MERGED_BYTES = 16 << 10;

    private static final long[] NO_RANGES = {};

    private static final long NO_FIN = Long.MAX_VALUE;

    private final ByteBufAllocator allocator;
    private final long ownLimitBytes;
    private long limitBytes;
    private ByteBuf[] slots = NO_SLOTS;
    private long nextExpected = DataFrame.FIRST_FRAME_NUMBER;
    private int waitingFrames;
    private long waitingBytes;
    private final ArrayDeque<ByteBuf> readable = new ArrayDeque<>(1);

    /** Readable ones behind those, which may be read at once, and pin whole read buffers until they are or settle. */
    private final ArrayDeque<ByteBuf> fresh = new ArrayDeque<>(1);

    private long readableBytes;
    private long arrivedBytes;
    private long finNumber = NO_FIN;
    private long afterHighest = DataFrame.FIRST_FRAME_NUMBER;

    private boolean underCredit;

    /** The last of the readable ones, if it was made by merging and may take more. */
    private ByteBuf merged;

    ReceiveWindow(long limitBytes, ByteBufAllocator allocator) {
        this.allocator = allocator;
        ownLimitBytes = limitBytes;
        this.limitBytes = limitBytes;
    }

    /** From now on the peer keeps within what it is granted. */
    void underCredit() {
        underCredit = true;
    }

    /** Memory is short: from now on, and not under credit, no more than that is kept, and no more than ever before. */
    void limit(long bytes) {
        limitBytes = Math.min(ownLimitBytes, bytes);
    }

    /** What all that is held costs. */
    long costBytes() {
        return PinnedMemory.costBytes(waitingFrames + readableFrames(), waitingBytes + readableBytes);
    }

    private int readableFrames() {
        return readable.size() + fresh.size();
    }

    /** Whether this frame has not come yet, and is within the window. */
    boolean isNew(long frameNumber) {
        return frameNumber >= nextExpected
                && frameNumber - nextExpected < WindowLimits.MAX_FRAMES
                && (frameNumber - nextExpected >= slots.length || slots[index(frameNumber)] == null);
    }

    boolean isBeyondWindow(long frameNumber) {
        return frameNumber - nextExpected >= WindowLimits.MAX_FRAMES;
    }

    /** Whether a data frame of that number would contradict the FIN that has come. */
    boolean isBehindFin(long frameNumber) {
        return frameNumber >= finNumber;
    }

    /** The stream ends before this number, which the FIN takes. False if that contradicts what has come. */
    boolean offerFin(long frameNumber) {
        if (finNumber != NO_FIN) {
            return frameNumber == finNumber;
        }
        if (frameNumber < afterHighest) {
            return false;
        }
        finNumber = frameNumber;
        offer(frameNumber, Unpooled.EMPTY_BUFFER);
        return true;
    }

    /** Whether the FIN and everything before it have come. */
    boolean isEnded() {
        return nextExpected > finNumber;
    }

    /** Takes the payload over if it is accepted; otherwise releases it. */
    Verdict offer(long frameNumber, ByteBuf payload) {
        Verdict verdict = judge(frameNumber, payload.readableBytes());
        if (verdict == Verdict.ACCEPTED) {
            afterHighest = Math.max(afterHighest, frameNumber + 1);
        }
        if (verdict != Verdict.ACCEPTED) {
            payload.release();
        } else if (frameNumber == nextExpected) {
            makeReadable(payload);
            advance();
        } else {
            while (frameNumber - nextExpected >= slots.length) {
                grow();
            }
            wait(frameNumber, payload);
        }
        return verdict;
    }

    private void wait(long frameNumber, ByteBuf payload) {
        int payloadBytes = payload.readableBytes();
        ByteBuf kept = null;
        try {
            kept = PinnedMemory.compact(payload, allocator);
        } finally {
            if (kept == null) {
                payload.release();
            }
        }
        slots[index(frameNumber)] = kept;
        waitingFrames++;
        waitingBytes += payloadBytes;
    }

    private Verdict judge(long frameNumber, int payloadBytes) {
        if (frameNumber < nextExpected) {
            return Verdict.DUPLICATE;
        }
        if (frameNumber - nextExpected >= WindowLimits.MAX_FRAMES) {
            return Verdict.DROPPED;
        }
        if (frameNumber - nextExpected < slots.length && slots[index(frameNumber)] != null) {
            return Verdict.DUPLICATE;
        }
        if (underCredit) {
            return Verdict.ACCEPTED;
        }
        if (frameNumber == nextExpected) {
            return wantsInput() ? Verdict.ACCEPTED : Verdict.DROPPED;
        }
        return readableBytes + waitingBytes + payloadBytes <= limitBytes ? Verdict.ACCEPTED : Verdict.DROPPED;
    }

    /**
     * Whether the missing frame would be accepted. When the application has nothing to read it is, whatever waits behind
     * it, or a full window could never empty. Otherwise only below the limit: each of many holes that are filled while
     * nobody reads would add a frame.
     */
    boolean wantsInput() {
        return readableBytes == 0
                || (readableBytes + waitingBytes < limitBytes && readableFrames() < MAX_READABLE_FRAMES);
    }

    private void advance() {
        nextExpected++;
        while (waitingFrames > 0) {
            ByteBuf payload = slots[index(nextExpected)];
            if (payload == null) {
                return;
            }
            slots[index(nextExpected)] = null;
            waitingFrames--;
            waitingBytes -= payload.readableBytes();
            makeReadable(payload);
            nextExpected++;
        }
    }

    private void makeReadable(ByteBuf payload) {
        int payloadBytes = payload.readableBytes();
        readableBytes += payloadBytes;
        arrivedBytes += payloadBytes;
        if (payloadBytes == 0) {
            payload.release();
        } else if (underCredit && readableFrames() >= MERGE_ABOVE_FRAMES && payloadBytes < MERGE_BELOW_BYTES) {
            merge(payload);
        } else {
            fresh.add(payload);
        }
    }

    /** What the application has not read now stays for a while. */
    void settle() {
        ByteBuf payload;
        while ((payload = fresh.peek()) != null) {
            ByteBuf kept = PinnedMemory.compact(payload, allocator);
            fresh.poll();
            readable.add(kept);
            merged = null;
        }
    }

    private void merge(ByteBuf payload) {
        try {
            settle();
            if (merged == null || merged.maxWritableBytes() < payload.readableBytes()) {
                merged = allocator.buffer(MERGED_BYTES, MERGED_BYTES);
                readable.add(merged);
            }
            payload.readBytes(merged, payload.readableBytes());
        } finally {
            payload.release();
        }
    }

    /** The next bytes in order, owned by the caller, or null. */
    ByteBuf poll() {
        ByteBuf payload = readable.isEmpty() ? fresh.poll() : readable.poll();
        if (payload != null) {
            readableBytes -= payload.readableBytes();
            if (payload == merged) {
                merged = null;
            }
        }
        return payload;
    }

    /** The lowest runs of frames that wait for a missing one: pairs of first number and number after the last. */
    long[] ranges(int maxRanges) {
        if (waitingFrames == 0) {
            return NO_RANGES;
        }
        long[] bounds = new long[2 * Math.min(maxRanges, waitingFrames)];
        int count = 0;
        int left = waitingFrames;
        // The slot of the next expected is empty, so a run never begins there.
        for (long number = nextExpected + 1; left > 0 && count < bounds.length; number++) {
            if (slots[index(number)] != null) {
                bounds[count++] = number;
                while (left > 0 && slots[index(number)] != null) {
                    number++;
                    left--;
                }
                bounds[count++] = number;
            }
        }
        return count == bounds.length ? bounds : Arrays.copyOf(bounds, count);
    }

    /** Bytes in order that wait for the application. */
    long readableBytes() {
        return readableBytes;
    }

    /** Bytes that the application has ever read. */
    long consumedBytes() {
        return arrivedBytes - readableBytes;
    }

    /** Frames that wait for a missing one. */
    int waitingFrames() {
        return waitingFrames;
    }

    /** Bytes that wait for a missing frame. */
    long waitingBytes() {
        return waitingBytes;
    }

    /** Bytes in order since the session's beginning. */
    long arrivedBytes() {
        return arrivedBytes;
    }

    long nextExpected() {
        return nextExpected;
    }

    void release() {
        readable.forEach(ByteBuf::release);
        readable.clear();
        fresh.forEach(ByteBuf::release);
        fresh.clear();
        readableBytes = 0;
        merged = null;
        for (int i = 0; i < slots.length; i++) {
            if (slots[i] != null) {
                slots[i].release();
                slots[i] = null;
            }
        }
        waitingFrames = 0;
        waitingBytes = 0;
    }

    private int index(long frameNumber) {
        return (int) (frameNumber & (slots.length - 1));
    }

    private void grow() {
        ByteBuf[] old = slots;
        slots = new ByteBuf[Math.max(INITIAL_SLOTS, old.length * 2)];
        for (int i = 0; i < old.length; i++) {
            long frameNumber = nextExpected + i;
            slots[index(frameNumber)] = old[(int) (frameNumber & (old.length - 1))];
        }
    }
}
