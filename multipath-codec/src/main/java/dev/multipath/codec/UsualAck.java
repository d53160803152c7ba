package dev.multipath.codec;

import io.netty.buffer.ByteBuf;

/**
 * What an acknowledgement mostly is: all fields are there and in their ranges, nothing waits for a missing frame, and nothing is
 * behind its fields. Nearly every exchange has one, so there is one object for all. Owned by one decoder.
 */
final class UsualAck {

    private long nextExpected;
    private long maxDataBytes;
    private long subflowFrames;
    private long ackDelayMicros;

    /**
     * Reads one.
     *
     * @param in has at least the payload
     * @return false if it is not like that; nothing is read then
     */
    boolean read(ByteBuf in, int payloadBytes) {
        int start = in.readerIndex();
        nextExpected = VarInt.tryRead(in);
        maxDataBytes = VarInt.tryRead(in);
        subflowFrames = VarInt.tryRead(in);
        ackDelayMicros = VarInt.tryRead(in);
        // A field that is cut is left where it is, so that all that follow are cut too: the last tells of them all. One
        // that goes
        // beyond the payload ends behind it.
        boolean withoutRanges = VarInt.tryRead(in) == 0;
        if (withoutRanges && nextExpected >= DataFrame.FIRST_FRAME_NUMBER && in.readerIndex() - start == payloadBytes) {
            return true;
        }
        in.readerIndex(start);
        return false;
    }

    CumulativeAckFrame toFrame() {
        return new CumulativeAckFrame(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros);
    }

    void tell(FrameReceiver receiver) {
        receiver.onAck(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros);
    }
}
