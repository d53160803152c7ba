package dev.multipath.codec;

import io.netty.buffer.ByteBuf;

/**
 * Takes from a {@link MultipathFrameDecoder} what nearly every read brings, without an object for each frame and a way through the
 * pipeline. All other frames go through the pipeline, in their place between these.
 */
public interface FrameReceiver {

    /**
     * A {@link DataFrame}.
     *
     * @param frameNumber where the payload stands in the session
     * @param payload owned by the receiver
     */
    void onData(long frameNumber, ByteBuf payload);

    /**
     * A {@link CumulativeAckFrame} without ranges.
     *
     * @param nextExpected as there
     * @param maxDataBytes as there
     * @param subflowFrames as there
     * @param ackDelayMicros as there
     */
    void onAck(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros);
}
