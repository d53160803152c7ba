package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;

/**
 * A piece of the session's byte stream. On the wire: payload size and frame number as {@link VarInt}s, then the payload.
 *
 * <p>The frame owns its payload: retaining and releasing the one is retaining and releasing the other. To send the same
 * bytes on a second subflow, make a second frame of a retained slice, because a channel that writes the payload moves
 * its reader index.
 *
 * @param frameNumber where the payload stands in the session, from {@link #FIRST_FRAME_NUMBER}
 * @param payload     1 to {@link #MAX_PAYLOAD_BYTES} readable bytes
 */
public record DataFrame(long frameNumber, ByteBuf payload) implements Frame, ReferenceCounted {
    /** The number of a session's first data frame, in each direction; the numbers below name control frames. */
    public static final long FIRST_FRAME_NUMBER = 10;

    /** The largest payload that a peer accepts: Go's resets the subflow over a larger one. */
    public static final int MAX_PAYLOAD_BYTES = 1 << 20;

    /**
     * Takes over the payload, unless it throws.
     *
     * @param frameNumber {@link #FIRST_FRAME_NUMBER} to {@link VarInt#MAX_VALUE}
     * @param payload 1 to {@link #MAX_PAYLOAD_BYTES} readable bytes
     * @throws IllegalArgumentException if the number or the payload's size cannot be sent in a data frame
     */
    public DataFrame {
        requireFrameNumber(frameNumber);
        requirePayload(payload);
    }

    /**
     * {@return one of a payload that was to be written at once, and is kept} A small one's indices may be somebody else's too, who may move
     * them meanwhile.
     *
     * @param frameNumber as there
     * @param payload as there; below {@link MultipathFrameEncoder#GATHER_THRESHOLD_BYTES} it gets indices of its own
     */
    public static DataFrame kept(long frameNumber, ByteBuf payload) {
        boolean small = payload.readableBytes() < MultipathFrameEncoder.GATHER_THRESHOLD_BYTES;
        return new DataFrame(frameNumber, small ? payload.slice() : payload);
    }

    static void requireFrameNumber(long frameNumber) {
        if (frameNumber < FIRST_FRAME_NUMBER) {
            throw new IllegalArgumentException(
                    "frame number " + frameNumber + " is below " + FIRST_FRAME_NUMBER + ", the first of data");
        }
        VarInt.requireEncodable(frameNumber);
    }

    /** An empty data frame would be an acknowledgement on the wire, a larger one the end of the subflow. */
    static void requirePayload(ByteBuf payload) {
        int payloadBytes = payload.readableBytes();
        if (payloadBytes == 0 || payloadBytes > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "payload of " + payloadBytes + " bytes is not in 1.." + MAX_PAYLOAD_BYTES);
        }
    }

    @Override
    public int refCnt() {
        return payload.refCnt();
    }

    @Override
    public DataFrame retain() {
        payload.retain();
        return this;
    }

    @Override
    public DataFrame retain(int increment) {
        payload.retain(increment);
        return this;
    }

    @Override
    public DataFrame touch() {
        payload.touch();
        return this;
    }

    @Override
    public DataFrame touch(Object hint) {
        payload.touch(hint);
        return this;
    }

    @Override
    public boolean release() {
        return payload.release();
    }

    @Override
    public boolean release(int decrement) {
        return payload.release(decrement);
    }
}
