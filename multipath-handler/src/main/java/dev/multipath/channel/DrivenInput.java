package dev.multipath.channel;

import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.MultipathMessage;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.SubflowViolationException;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/** What comes over the subflows of a session, on its way into it. On the session's event loop. */
abstract class DrivenInput implements DrivenSession {

    /** A read can bring tens of thousands of small frames: more than the session holds, or acknowledgements than should wait. */
    private static final int MAX_FRAMES_PER_PUMP = 1024;

    /** From this size on a payload is part of a read buffer that is worth to be used again while it is in the cache. */
    private static final int BULK_BYTES = 4 << 10;

    private int framesSincePump;

    /** What came before is dealt with. */
    final void onPumped() {
        framesSincePump = 0;
    }

    /** Bulk has come, and nothing is under way: the application may have it, so that its buffer serves the next read. */
    abstract void onBulk();

    /** The peer has given up a session that is over here. */
    abstract void onPeerFinished();

    /** This end is wrong, or what it was given to work with. */
    abstract void onBroken(Throwable cause);

    @Override
    public final void onFrame(SubflowLink link, Frame frame) {
        boolean bulk = frame instanceof DataFrame data && data.payload().readableBytes() >= BULK_BYTES;
        onFrame(link, frame, SessionClock.nowNanos());
        onTaken(bulk);
    }

    @Override
    public final void onData(SubflowLink link, long frameNumber, ByteBuf payload) {
        boolean bulk = payload.readableBytes() >= BULK_BYTES;
        try {
            session().input().onData(link.subflow(), frameNumber, payload, SessionClock.nowNanos());
        } catch (SubflowViolationException | RuntimeException | Error e) {
            onThrown(link, e);
        }
        onTaken(bulk);
    }

    @Override
    public final void onAck(
            SubflowLink link, long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        try {
            session()
                    .input()
                    .onAck(
                            link.subflow(),
                            nextExpected,
                            maxDataBytes,
                            subflowFrames,
                            ackDelayMicros,
                            SessionClock.nowNanos());
        } catch (SubflowViolationException | RuntimeException | Error e) {
            onThrown(link, e);
        }
        onTaken(false);
    }

    /** A frame of a subflow on this loop is taken; a pump follows when its read is complete. */
    private void onTaken(boolean bulk) {
        if (++framesSincePump >= MAX_FRAMES_PER_PUMP) {
            pump();
        } else if (bulk) {
            onBulk();
        }
    }

    @Override
    public final void onBatch(SubflowLink link, List<MultipathMessage> batch) {
        long nowNanos = SessionClock.nowNanos();
        for (MultipathMessage message : batch) {
            if (message instanceof Frame frame) {
                onFrame(link, frame, nowNanos);
            } else {
                ReferenceCountUtil.release(message);
            }
        }
        pump();
    }

    private void onFrame(SubflowLink link, Frame frame, long nowNanos) {
        try {
            session().onFrame(link.subflow(), frame, nowNanos);
            if (frame instanceof ResetFrame) {
                onPeerFinished();
            }
        } catch (SubflowViolationException | RuntimeException | Error e) {
            onThrown(link, e);
        }
    }

    @Override
    public final void onDataBegun(SubflowLink link) {
        try {
            session().onDataBegun(link.subflow(), SessionClock.nowNanos());
            link.admitData();
        } catch (SubflowViolationException e) {
            onThrown(link, e);
        }
    }

    private void onThrown(SubflowLink link, Throwable cause) {
        if (cause instanceof SubflowViolationException) {
            onLost(link, cause);
            link.abort();
        } else {
            onBroken(cause);
        }
    }
}
