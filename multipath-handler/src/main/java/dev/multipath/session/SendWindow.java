package dev.multipath.session;

import dev.multipath.codec.DataFrame;
import io.netty.buffer.ByteBuf;

/**
 * The frames that were numbered and not all acknowledged: a ring indexed by frame number, from one on. Invariants: {@code
 * lowestUnacknowledged <= next <= lowestUnacknowledged + WindowLimits.MAX_FRAMES}; {@code spanBytes} is the payload of the frames in
 * {@code [lowestUnacknowledged, next)}, those acknowledged out of order included, since the peer has to hold them.
 */
final class SendWindow {

    /** Grows by doubling, so that an idle session stays small, and a quiet one in the processor's cache. */
    private static final int INITIAL_SLOTS = 8;

    /** Until the first frame. */
    private static final SentFrame[] NO_SLOTS = {};

    private SentFrame[] slots = NO_SLOTS;

    /** Of the frame whose place is the first slot. */
    private long firstSlotNumber = DataFrame.FIRST_FRAME_NUMBER;

    private long lowestUnacknowledged = DataFrame.FIRST_FRAME_NUMBER;
    private long next = DataFrame.FIRST_FRAME_NUMBER;
    private long spanBytes;

    /** All that was ever added, and how much of that before the window was empty the last time. */
    private long addedBytes;

    private long addedBeforeBytes;
    private long unacknowledgedBytes;
    private long acknowledgedBytes;
    private boolean underCount;

    /**
     * The peer counts the copies that arrive on each subflow, instead of naming them: so one is known for as long as its subflow
     * is, and not only while its frame is here. Else a dead subflow that carries copies alone would look as if it delivered.
     */
    void underCount() {
        underCount = true;
    }

    boolean hasRoom() {
        return next - lowestUnacknowledged < WindowLimits.MAX_FRAMES;
    }

    boolean isEmpty() {
        return lowestUnacknowledged == next;
    }

    long spanBytes() {
        return spanBytes;
    }

    /** Since the session's beginning. */
    long addedBytes() {
        return addedBytes;
    }

    long unacknowledgedBytes() {
        return unacknowledgedBytes;
    }

    /** Since the session's beginning. */
    long acknowledgedBytes() {
        return acknowledgedBytes;
    }

    /** What all that is not acknowledged costs. */
    long costBytes() {
        return PinnedMemory.costBytes(next - lowestUnacknowledged, unacknowledgedBytes);
    }

    long nextFrameNumber() {
        return next;
    }

    /** The number of the lowest frame without acknowledgement, or the next one's if there is none. */
    long lowestFrameNumber() {
        return lowestUnacknowledged;
    }

    /** The lowest frame without acknowledgement, or null. */
    SentFrame lowest() {
        return isEmpty() ? null : slots[index(lowestUnacknowledged)];
    }

    /** The lowest frame without acknowledgement from that number on, or null. */
    SentFrame unacknowledgedFrom(long frameNumber) {
        long number = nextUnacknowledged(Math.max(frameNumber, lowestUnacknowledged));
        return number < next ? slots[index(number)] : null;
    }

    /** Gives the payload the next number and takes it over; an empty one makes a FIN. Only if there is room. */
    SentFrame add(ByteBuf payload) {
        if (next - lowestUnacknowledged == slots.length) {
            grow();
        }
        beginAnewIfPossible();
        SentFrame frame = place(index(next), payload);
        addedBeforeBytes = isEmpty() ? addedBytes : addedBeforeBytes;
        frame.aheadBytes = addedBytes - addedBeforeBytes;
        addedBytes += frame.payloadBytes;
        frame.endsAtBytes = addedBytes;
        next++;
        spanBytes += frame.payloadBytes;
        unacknowledgedBytes += frame.payloadBytes;
        return frame;
    }

    /**
     * Who sends one frame at a time uses the same object each time, and not one place of the ring after the other: of thousands of
     * such sessions, less has to be in the processor's cache. Where frames are named they stay where they are ({@link #get}).
     */
    private void beginAnewIfPossible() {
        if (underCount && isEmpty() && slots[0] != null && slots[0].isForgotten()) {
            firstSlotNumber = next;
        }
    }

    /** The next one: its place's old one if that can be used again. */
    private SentFrame place(int index, ByteBuf payload) {
        SentFrame old = slots[index];
        if (old != null && old.isForgotten()) {
            old.begin(next, payload);
            return old;
        }
        if (old != null && !underCount) {
            old.forgetTransmissions();
        }
        SentFrame frame = new SentFrame(next, payload);
        slots[index] = frame;
        return frame;
    }

    /**
     * The frame of that number, acknowledged or not, or null if it is no longer known: acknowledged frames stay until
     * their slot is needed, since copies of them may be on the way elsewhere.
     */
    SentFrame get(long frameNumber) {
        SentFrame frame = slots[index(frameNumber)];
        return frame != null && frame.frameNumber == frameNumber ? frame : null;
    }

    /**
     * Marks the frames from a number up to another, which were all sent, as acknowledged. What is acknowledged already costs
     * nothing, however often it is named.
     */
    void acknowledge(long from, long to) {
        long number = nextUnacknowledged(Math.max(from, lowestUnacknowledged));
        while (number < to) {
            acknowledge(slots[index(number)]);
            number = nextUnacknowledged(number + 1);
        }
    }

    /** From a number in the window, or its end, on. Runs that are walked once are leapt over from then on. */
    private long nextUnacknowledged(long from) {
        long found = from;
        while (found < next && slots[index(found)].isAcknowledged()) {
            found = slots[index(found)].acknowledgedUpTo;
        }
        long number = from;
        while (number < found) {
            SentFrame passed = slots[index(number)];
            number = passed.acknowledgedUpTo;
            passed.acknowledgedUpTo = found;
        }
        return found;
    }

    /** Marks a frame, not yet acknowledged, as acknowledged. */
    void acknowledge(SentFrame frame) {
        frame.release();
        unacknowledgedBytes -= frame.payloadBytes;
        acknowledgedBytes += frame.payloadBytes;
        while (lowestUnacknowledged < next && slots[index(lowestUnacknowledged)].isAcknowledged()) {
            spanBytes -= slots[index(lowestUnacknowledged)].payloadBytes;
            lowestUnacknowledged++;
        }
    }

    void release() {
        for (SentFrame frame : slots) {
            if (frame != null) {
                frame.release();
            }
        }
    }

    private int index(long frameNumber) {
        return (int) ((frameNumber - firstSlotNumber) & (slots.length - 1));
    }

    private void grow() {
        SentFrame[] old = slots;
        slots = new SentFrame[Math.max(INITIAL_SLOTS, old.length * 2)];
        for (SentFrame frame : old) {
            if (frame != null) {
                slots[index(frame.frameNumber)] = frame;
            }
        }
    }
}
