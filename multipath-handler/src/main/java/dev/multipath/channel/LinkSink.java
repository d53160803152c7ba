package dev.multipath.channel;

import dev.multipath.codec.Frame;
import dev.multipath.session.FrameSink;
import dev.multipath.session.Subflow;
import io.netty.buffer.ByteBuf;

/** Gives the session's frames to its subflows' links. */
final class LinkSink implements FrameSink {

    @Override
    public boolean write(Subflow subflow, Frame frame) {
        return link(subflow).write(frame);
    }

    @Override
    public boolean writeData(Subflow subflow, long frameNumber, ByteBuf payload) {
        return link(subflow).writeData(frameNumber, payload);
    }

    @Override
    public boolean writeAck(
            Subflow subflow, long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        return link(subflow).writeAck(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros);
    }

    private static SubflowLink link(Subflow subflow) {
        return (SubflowLink) subflow.attachment();
    }
}
