package dev.multipath.channel;

import dev.multipath.codec.MultipathFrameDecoder;

/**
 * Lets reads of bulk end where a frame ends. Frames are as large as reads, so that nearly each would lie across two of them else,
 * and be put together of two slices: 300 bytes of garbage and a seventh of the receiver's time. On the subflow's loop.
 */
final class WholeFrameReads {

    /** Of the frame, before its payload. */
    private static final int MAX_HEADER_BYTES = 16;

    /** A smaller payload costs less to be put together than another call into the kernel. */
    private static final int MIN_FRAME_BYTES = 16 << 10;

    /** How many more bytes the socket had brought than the decoder had got, when the last read was prepared. */
    private long strangeBytes = -1;

    private long readBytes;

    /** A read has brought so many. */
    void onRead(int bytes) {
        readBytes += bytes;
    }

    /**
     * How much to read, where it would be so much else: as far as the frame goes, even if that is a little more. Not where frames are
     * small beside a read, as each read is a call into the kernel.
     *
     * @param decoder that all bytes of the subflow are to go through
     */
    int bytes(int usualBytes, MultipathFrameDecoder decoder) {
        long strange = readBytes - decoder.receivedBytes();
        // Not so with TLS between: records are longer than what is in them.
        boolean direct = strange == strangeBytes;
        strangeBytes = strange;
        int frameBytes = direct ? decoder.missingBytes(Math.max(MIN_FRAME_BYTES, usualBytes / 2)) : 0;
        return frameBytes > 0 && frameBytes <= usualBytes + MAX_HEADER_BYTES ? frameBytes : usualBytes;
    }
}
