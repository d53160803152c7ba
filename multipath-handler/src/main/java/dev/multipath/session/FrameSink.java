package dev.multipath.session;

import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import io.netty.buffer.ByteBuf;

/** Where {@link MultipathSession#transmit} puts the frames that are to leave. */
@FunctionalInterface
public interface FrameSink {

    /**
     * Takes one frame.
     *
     * @param subflow the subflow that carries it
     * @param frame now owned by the sink
     * @return whether the subflow's channel can take more
     */
    boolean write(Subflow subflow, Frame frame);

    /**
     * Takes a {@link DataFrame}; for sinks that can do without the object. Who does not write the payload at once takes {@link
     * DataFrame#kept}.
     *
     * @param subflow the subflow that carries it
     * @param frameNumber as there
     * @param payload as there; now owned by the sink
     * @return whether the subflow's channel can take more
     */
    default boolean writeData(Subflow subflow, long frameNumber, ByteBuf payload) {
        return write(subflow, DataFrame.kept(frameNumber, payload));
    }

    /**
     * Takes a {@link CumulativeAckFrame} without ranges; for sinks that can do without the object.
     *
     * @param subflow the subflow that carries it
     * @param nextExpected as there
     * @param maxDataBytes as there
     * @param subflowFrames as there
     * @param ackDelayMicros as there
     * @return whether the subflow's channel can take more
     */
    default boolean writeAck(
            Subflow subflow, long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        return write(subflow, new CumulativeAckFrame(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros));
    }
}
