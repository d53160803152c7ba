package dev.multipath.examples.interop;

/**
 * Finds the frames in one direction of one subflow, from any split of its bytes. It is written apart from the codec
 * under test, so that an error of the codec cannot hide itself. Not thread safe.
 */
final class FrameScanner {

    /** What was found, in the order of the bytes. Offsets count from the start of the scanned array. */
    interface Listener {

        /** The header of a data frame is complete. */
        void dataHeader(long frameNumber, long payloadBytes);

        /** The last byte of a data frame has come. */
        void dataEnd(long frameNumber);

        /** An acknowledgement, or control when the number is below {@link FrameLedger#FIRST_FRAME_NUMBER}. */
        void ack(long frameNumber);

        /** The preface, or a frame of any kind, ends before {@code offset}. */
        void boundary(int offset);
    }

    private static final int PREFACE_BYTES = 17;

    private enum State {
        PREFACE,
        SIZE,
        FRAME_NUMBER,
        PAYLOAD
    }

    private State state = State.PREFACE;
    private long bytesLeft = PREFACE_BYTES;
    private long size;
    private long varint;
    private int varintBytesLeft;
    private long frameNumber;

    void scan(final byte[] bytes, final int length, final Listener listener) {
        int at = 0;
        while (at < length) {
            switch (state) {
                case PREFACE, PAYLOAD -> {
                    final int step = (int) Math.min(bytesLeft, length - at);
                    at += step;
                    bytesLeft -= step;
                    if (bytesLeft == 0) {
                        if (state == State.PAYLOAD) {
                            listener.dataEnd(frameNumber);
                        }
                        state = State.SIZE;
                        listener.boundary(at);
                    }
                }
                case SIZE -> {
                    if (varint(bytes[at++])) {
                        size = varint;
                        state = State.FRAME_NUMBER;
                    }
                }
                case FRAME_NUMBER -> {
                    if (varint(bytes[at++])) {
                        frameNumber = varint;
                        if (size == 0) {
                            listener.ack(frameNumber);
                            state = State.SIZE;
                            listener.boundary(at);
                        } else {
                            listener.dataHeader(frameNumber, size);
                            bytesLeft = size;
                            state = State.PAYLOAD;
                        }
                    }
                }
            }
        }
    }

    /** Takes one byte of a varint (RFC 9000, section 16); true when it was the last. */
    private boolean varint(final byte b) {
        if (varintBytesLeft == 0) {
            varintBytesLeft = 1 << ((b & 0xff) >>> 6);
            varint = b & 0x3f;
        } else {
            varint = varint << Byte.SIZE | b & 0xff;
        }
        varintBytesLeft--;
        return varintBytesLeft == 0;
    }
}
