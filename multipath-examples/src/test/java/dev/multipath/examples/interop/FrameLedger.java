package dev.multipath.examples.interop;

import java.util.ArrayList;
import java.util.List;

/**
 * What one end has sent in one session, and what the other end has acknowledged of it, as the wire showed it. Wires
 * (tapped connections) are bits of a {@code long}. Not thread safe: the {@link WireTap} guards it.
 */
final class FrameLedger {

    static final long FIRST_FRAME_NUMBER = 10;
    /** The receive window of the Go peer: frames beyond it are dropped. */
    static final long WINDOW_FRAMES = 4096;
    /** A larger frame resets the subflow at a Go peer. */
    static final long MAX_PAYLOAD_BYTES = 1 << 20;
    /** Bounds what a wild frame number can make the ledger allocate. */
    private static final long MAX_GAP_FRAMES = 1 << 16;
    /** Enough to see what went wrong; one wrong varint makes thousands. */
    private static final int MAX_FAULTS = 20;

    /** One frame number's life. */
    static final class Frame {
        final long number;
        long payloadBytes;
        int sends;
        int acks;
        long sentOn;
        long deliveredOn;
        long ackedOn;
        long lastSentNanos;
        long lastDeliveredNanos;
        long lastAckNanos;

        Frame(final long number) {
            this.number = number;
        }

        boolean acked() {
            return acks > 0;
        }

        @Override
        public String toString() {
            return "frame " + number + " (" + payloadBytes + " bytes, sent " + sends + "x on wires 0b"
                    + Long.toBinaryString(sentOn) + ", delivered on 0b" + Long.toBinaryString(deliveredOn) + ", acked "
                    + acks + "x)";
        }
    }

    private final List<Frame> frames = new ArrayList<>();
    private final List<String> senderFaults = new ArrayList<>();
    private final List<String> receiverFaults = new ArrayList<>();
    private int ackedPrefix;
    private long uniqueBytes;
    private long deliveredBytes;
    private long repeatedFrames;
    private long widestWindow;
    private long news;

    void sent(final long number, final long payloadBytes, final int wire, final long nowNanos) {
        final long index = number - FIRST_FRAME_NUMBER;
        if (index < 0 || index > frames.size() + MAX_GAP_FRAMES) {
            note(senderFaults, "data frame with number " + number + " after " + lastNumber());
            return;
        }
        if (payloadBytes > MAX_PAYLOAD_BYTES) {
            note(senderFaults, "data frame " + number + " of " + payloadBytes + " bytes");
        }
        final Frame frame = frame(index);
        if (frame.sends == 0) {
            frame.payloadBytes = payloadBytes;
            uniqueBytes += payloadBytes;
            news++;
            widestWindow = Math.max(widestWindow, index - ackedPrefix + 1);
        } else {
            repeatedFrames++;
            if (frame.payloadBytes != payloadBytes) {
                note(senderFaults, frame + " repeated with " + payloadBytes + " bytes");
            }
        }
        frame.sends++;
        frame.sentOn |= 1L << wire;
        frame.lastSentNanos = nowNanos;
    }

    void delivered(final long number, final int wire, final long nowNanos) {
        final long index = number - FIRST_FRAME_NUMBER;
        if (index < 0 || index >= frames.size()) {
            return; // was noted when its header came
        }
        final Frame frame = frames.get((int) index);
        if (frame.deliveredOn == 0) {
            deliveredBytes += frame.payloadBytes;
            news++;
        }
        frame.deliveredOn |= 1L << wire;
        frame.lastDeliveredNanos = nowNanos;
    }

    void acked(final long number, final int wire, final long nowNanos) {
        final long index = number - FIRST_FRAME_NUMBER;
        if (index >= frames.size() || frames.get((int) index).sends == 0) {
            note(receiverFaults, "acknowledgement of frame " + number + ", which was not sent");
            return;
        }
        final Frame frame = frames.get((int) index);
        if (frame.acks == 0) {
            news++;
        }
        frame.acks++;
        frame.ackedOn |= 1L << wire;
        frame.lastAckNanos = nowNanos;
        while (ackedPrefix < frames.size() && frames.get(ackedPrefix).acked()) {
            ackedPrefix++;
        }
    }

    /** The frames from number 10 to the highest that was sent; some in between may have no sends. */
    List<Frame> frames() {
        return frames;
    }

    /** Payload bytes of all frame numbers that were sent, each counted once. */
    long uniqueBytes() {
        return uniqueBytes;
    }

    /** The same, of those that have also left the tap towards the other end. */
    long deliveredBytes() {
        return deliveredBytes;
    }

    long repeatedFrames() {
        return repeatedFrames;
    }

    /** The most frames that were ever between the lowest unacknowledged one and a new one, both counted. */
    long widestWindow() {
        return widestWindow;
    }

    /** Grows whenever a frame is sent, delivered or acknowledged for the first time; repeats are not progress. */
    long news() {
        return news;
    }

    /** What the sending end has done against the protocol. */
    List<String> senderFaults() {
        return senderFaults;
    }

    /** What the acknowledging end has done against the protocol. */
    List<String> receiverFaults() {
        return receiverFaults;
    }

    private static void note(final List<String> faults, final String what) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(what);
        }
    }

    private long lastNumber() {
        return FIRST_FRAME_NUMBER + frames.size() - 1;
    }

    private Frame frame(final long index) {
        while (frames.size() <= index) {
            frames.add(new Frame(FIRST_FRAME_NUMBER + frames.size()));
        }
        return frames.get((int) index);
    }

    @Override
    public String toString() {
        return frames.size() + " frames, " + uniqueBytes + " bytes, acked without gap to "
                + (FIRST_FRAME_NUMBER + ackedPrefix - 1) + ", repeated " + repeatedFrames + ", widest window "
                + widestWindow
                + (senderFaults.isEmpty() ? "" : ", sender's faults " + senderFaults)
                + (receiverFaults.isEmpty() ? "" : ", receiver's faults " + receiverFaults);
    }
}
