package dev.multipath.session;

import dev.multipath.codec.DataFrame;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * Puts received frames in order. Frames at or above {@code nextExpected} wait in a ring indexed by frame number; those
 * below it are in the queue for the application, or were read. Bounded in frames by the window and a limit of unread ones,
 * and in bytes by a limit and one frame, against a peer that sends what nobody reads, or everything but the frame that is
 * missing.
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

    static final int MAX_FRAMES = 4096;

    /** Buffers that wait for the application: each costs some 200 bytes beside its payload, which may be one byte. */
    static final int MAX_READABLE_FRAMES = 4 * MAX_FRAMES;

    private static final int INITIAL_SLOTS = 64;

    private final long limitBytes;
    private ByteBuf[] slots = new ByteBuf[INITIAL_SLOTS];
    private long nextExpected = DataFrame.FIRST_FRAME_NUMBER;
    private int waitingFrames;
    private long waitingBytes;
    private final ArrayDeque<ByteBuf> readable = new ArrayDeque<>();
    private long readableBytes;

    ReceiveWindow(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes the payload over if it is accepted; otherwise releases it. */
    Verdict offer(long frameNumber, ByteBuf payload) {
        Verdict verdict = judge(frameNumber, payload.readableBytes());
        if (verdict != Verdict.ACCEPTED) {
            payload.release();
        } else if (frameNumber == nextExpected) {
            makeReadable(payload);
            advance();
        } else {
            while (frameNumber - nextExpected >= slots.length) {
                grow();
            }
            slots[index(frameNumber)] = payload;
            waitingFrames++;
            waitingBytes += payload.readableBytes();
        }
        return verdict;
    }

    private Verdict judge(long frameNumber, int payloadBytes) {
        if (frameNumber < nextExpected) {
            return Verdict.DUPLICATE;
        }
        if (frameNumber - nextExpected >= MAX_FRAMES) {
            return Verdict.DROPPED;
        }
        if (frameNumber - nextExpected < slots.length && slots[index(frameNumber)] != null) {
            return Verdict.DUPLICATE;
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
                || (readableBytes + waitingBytes < limitBytes && readable.size() < MAX_READABLE_FRAMES);
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
        readable.add(payload);
        readableBytes += payload.readableBytes();
    }

    /** The next bytes in order, owned by the caller, or null. */
    ByteBuf poll() {
        ByteBuf payload = readable.poll();
        if (payload != null) {
            readableBytes -= payload.readableBytes();
        }
        return payload;
    }

    /** Bytes in order that wait for the application. */
    long readableBytes() {
        return readableBytes;
    }

    /** Bytes that wait for a missing frame. */
    long waitingBytes() {
        return waitingBytes;
    }

    /** Whether frames arrived behind one that has not. */
    boolean hasHole() {
        return waitingFrames > 0;
    }

    long nextExpected() {
        return nextExpected;
    }

    void release() {
        readable.forEach(ByteBuf::release);
        readable.clear();
        readableBytes = 0;
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
        slots = new ByteBuf[old.length * 2];
        for (int i = 0; i < old.length; i++) {
            long frameNumber = nextExpected + i;
            slots[index(frameNumber)] = old[(int) (frameNumber & (old.length - 1))];
        }
    }
}
