package dev.multipath.channel;

import dev.multipath.codec.Frame;
import dev.multipath.codec.MultipathMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.List;

/**
 * Whose a subflow is: what its channel has to say. Called on the session's event loop, if nothing else is said.
 *
 * @param <S> what it has of each of its subflows
 */
interface SubflowOwner<S> {

    /** Of the session. */
    EventLoop eventLoop();

    /** A frame has come to the session's own loop; {@link #pump} follows when its read is complete. */
    void onFrame(S subflow, Frame frame);

    /** As {@link #onFrame}, of a data frame. */
    void onData(S subflow, long frameNumber, ByteBuf payload);

    /** As {@link #onFrame}, of a cumulative acknowledgement without ranges. */
    void onAck(S subflow, long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros);

    /** Messages have come over from the subflow's loop. */
    void onBatch(S subflow, List<MultipathMessage> batch);

    /** A data frame has begun on a subflow that has sent none so far. */
    void onDataBegun(S subflow);

    /** Its channel can take more, or no more. */
    void onWritabilityChanged(S subflow, boolean writable);

    /** Its channel is gone, or is not to be used any more; {@code cause} is null if nothing is wrong. */
    void onLost(S subflow, Throwable cause);

    /** Carries out all that the session wants. */
    void pump();

    /** Something has failed, perhaps for want of memory. Any thread. */
    void onFailure(Throwable cause);

    /** The loop of a subflow is behind a read: who has to end for want of memory ends now. On that loop. */
    void endVictims();
}
