package dev.multipath.channel;

import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.MultipathMessage;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.metrics.TransportStats;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.session.SessionMemory;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowState;
import dev.multipath.transport.SubflowConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * The way between a session and one of its subflows. If both live on one event loop, calls go straight through. If not,
 * messages cross in batches: outbound one task a flush, inbound one task a read-complete, and a subflow whose inbound
 * batches pile up is not read until the session has caught up. Methods are for the session's loop unless they say
 * otherwise.
 */
final class SubflowLink implements TransportProbe.Listener {

    /**
     * Above this a subflow's channel takes no more. Late binding is the session's in-flight limit's task; this only
     * stops the runaway, and must not be so low that a fast loop has to write in many small batches.
     */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(256 << 10, 512 << 10);

    /** More than a socket's buffer takes at once: who is to hear a last word does not read. */
    private static final int BACKED_UP_BYTES = 64 << 10;

    private final SubflowOwner<SubflowLink> owner;
    private final SubflowConnection connection;
    private final Channel channel;
    private final Path path;
    private final Path socket;
    private final PathMetrics metrics;

    /** Null if session and subflow live on one loop. */
    private final LoopCrossing crossing;

    /** What frames go to at once; null if they have to cross over. */
    private final MultipathFrameEncoder encoder;

    private final TransportProbe probe;

    private Subflow subflow;
    private boolean dirty;

    /** Something was written that its channel may hold still. A subflow at rest is not asked, which would bring its channel into the cache. */
    private boolean unsettled = true;

    private TransportStats transportStats = TransportStats.NONE;
    private boolean readWanted = true;

    /** Whether its end is a reset, unless it is ended in order. */
    private volatile boolean resetOnClose;

    /** What the decoder holds of a frame that has not arrived whole; told by the subflow's loop. */
    private volatile long partialBytes;

    /** The decoder waits for {@link #admitData}, and is not read until then. */
    private volatile boolean dataHeld;

    SubflowLink(SubflowOwner<SubflowLink> owner, SubflowConnection connection, Path socket, PathMetrics metrics) {
        this.owner = owner;
        this.connection = connection;
        channel = connection.channel();
        this.socket = socket;
        path = socket.whole();
        this.metrics = metrics;
        crossing = channel.eventLoop() == owner.eventLoop() ? null : new LoopCrossing();
        encoder = crossing == null ? channel.pipeline().get(MultipathFrameEncoder.class) : null;
        probe = new TransportProbe(connection, this);
        channel.config().setWriteBufferWaterMark(WATER_MARK);
    }

    Path path() {
        return path;
    }

    /** Which of the path's connections it is, as its {@code PathManager} knows it. */
    Path socket() {
        return socket;
    }

    PathMetrics metrics() {
        return metrics;
    }

    SubflowConnection connection() {
        return connection;
    }

    Channel channel() {
        return channel;
    }

    /** Whether the subflow belongs to the session and answers. */
    boolean delivers() {
        return subflow.state() == SubflowState.ACTIVE;
    }

    /** Whether it does, and nothing looks as if the peer's direction did not. */
    boolean deliversBothWays() {
        return delivers() && !subflow.isSuspect();
    }

    /** Whether it does, and the peer has let it in too. */
    boolean isSettled() {
        return delivers() && subflow.isSettled();
    }

    /** Whether the subflow belongs to the session: not if it has yet to prove that, and not once it is lost. */
    boolean isMember() {
        return subflow.state() == SubflowState.ACTIVE || subflow.state() == SubflowState.STALE;
    }

    Subflow subflow() {
        return subflow;
    }

    void subflow(Subflow newSubflow) {
        subflow = newSubflow;
    }

    // ---- outbound

    /** Takes a message; {@link #flush()} is to follow. Returns whether more can be taken. */
    boolean write(MultipathMessage message) {
        assert OwnerLoop.isCurrent(owner.eventLoop());
        dirty = true;
        if (crossing == null) {
            channel.write(message, channel.voidPromise());
        } else {
            crossing.add(message);
        }
        return channel.isWritable();
    }

    /** As {@link #write}, of a data frame. */
    boolean writeData(long frameNumber, ByteBuf payload) {
        if (encoder == null) {
            return write(DataFrame.kept(frameNumber, payload));
        }
        assert OwnerLoop.isCurrent(owner.eventLoop());
        dirty = true;
        encoder.writeData(frameNumber, payload);
        return channel.isWritable();
    }

    /** As {@link #write}, of a cumulative acknowledgement without ranges. */
    boolean writeAck(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        if (encoder == null) {
            return write(new CumulativeAckFrame(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros));
        }
        assert OwnerLoop.isCurrent(owner.eventLoop());
        dirty = true;
        encoder.writeAck(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros);
        return channel.isWritable();
    }

    void flush() {
        assert OwnerLoop.isCurrent(owner.eventLoop());
        if (!dirty) {
            return;
        }
        dirty = false;
        unsettled = true;
        if (crossing == null) {
            channel.flush();
            return;
        }
        List<MultipathMessage> batch = crossing.takeOutbound();
        try {
            channel.eventLoop().execute(() -> {
                batch.forEach(message -> channel.write(message, channel.voidPromise()));
                channel.flush();
            });
        } catch (RejectedExecutionException e) {
            // Its loop has ended. It should have closed the channel, which would have been told; but a loop that is
            // shut
            // down without a quiet period may end without that (SingleThreadIoEventLoop.run).
            batch.forEach(ReferenceCountUtil::release);
            owner.eventLoop().execute(() -> owner.onLost(this, e));
        }
    }

    // ---- inbound, on the subflow's loop

    boolean isSameLoop() {
        return crossing == null;
    }

    SubflowOwner<SubflowLink> owner() {
        return owner;
    }

    /** Hands a batch over to the session's loop. */
    void crossInbound(List<MultipathMessage> batch) {
        assert OwnerLoop.isCurrent(channel.eventLoop());
        int batchFrames = batch.size();
        int batchBytes = LoopCrossing.payloadBytes(batch);
        crossing.onSent(batchFrames, batchBytes);
        if (isPiledUp()) {
            channel.config().setAutoRead(false);
        }
        try {
            owner.eventLoop().execute(() -> {
                owner.onBatch(this, batch);
                crossing.onTaken(batchFrames, batchBytes);
                resumeReading();
            });
        } catch (RejectedExecutionException e) {
            batch.forEach(ReferenceCountUtil::release);
        }
    }

    private boolean isPiledUp() {
        return crossing != null && crossing.isPiledUp();
    }

    /** The decoder has come to the first data frame. On the subflow's loop. */
    void onDataBegun() {
        dataHeld = true;
        inSessionLoop(() -> owner.onDataBegun(this));
    }

    /** Data frames may come over this subflow. */
    void admitData() {
        OwnerLoop.run(channel.eventLoop(), () -> {
            MultipathFrameDecoder decoder = channel.pipeline().get(MultipathFrameDecoder.class);
            if (decoder != null) {
                decoder.admitData();
            }
            dataHeld = false;
            if (crossing != null) {
                // Behind the decoder's turning it off.
                inSessionLoop(this::resumeReading);
            }
        });
    }

    // ---- memory

    /** What the decoder holds. On the subflow's loop. */
    void partialBytes(long bytes) {
        if (bytes != partialBytes) {
            partialBytes = bytes;
        }
    }

    /** What the subflow's channel holds: frames that are not written, or not whole, or on their way between two loops. */
    private long heldBytes() {
        long crossingBytes = crossing == null ? 0 : crossing.waitingBytes();
        long pendingBytes = unsettled ? pendingBytes() : 0;
        // What crosses over comes to the channel later.
        unsettled = pendingBytes > 0 || crossing != null;
        return pendingBytes + partialBytes + SessionMemory.COST_PER_BYTE * crossingBytes;
    }

    private long pendingBytes() {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        return pending == null ? 0 : pending.totalPendingWriteBytes();
    }

    /** The session has ended for want of memory: what has arrived of a frame goes at once, and what still comes. */
    void discardInput() {
        OwnerLoop.run(channel.eventLoop(), () -> {
            if (channel.pipeline().get(MultipathFrameDecoder.class) != null) {
                channel.pipeline().remove(MultipathFrameDecoder.class);
            }
        });
    }

    /** Whether so much waits to be written that nothing behind it will arrive soon. */
    boolean isBackedUp() {
        return pendingBytes() >= BACKED_UP_BYTES;
    }

    /** Calls the owner on the session's loop. Any thread. */
    @Override
    public void inSessionLoop(Runnable task) {
        OwnerLoop.run(owner.eventLoop(), task, ended -> closeAtOnce());
    }

    // ---- control

    /**
     * The end of a turn of the session's: what was written leaves, and what the subflow is like can be seen.
     *
     * @param readWanted whether it is to be read
     * @return what it holds
     */
    long settle(boolean readWanted) {
        flush();
        reading(readWanted);
        return heldBytes();
    }

    /** A turn's transmission follows, of so many bytes with what is on the way, which keeps to what the transport says. */
    void askTransport(long unacknowledgedBytes, long nowNanos) {
        if (isMember()) {
            probe.ask(unacknowledgedBytes, nowNanos);
        }
    }

    void askIfDoubtful(long nowNanos) {
        if (subflow.isDoubtful(nowNanos)) {
            probe.askNow(nowNanos);
        }
    }

    @Override
    public boolean onTransport(TransportStats stats, long nowNanos) {
        if (!isMember()) {
            return false;
        }
        metrics.onTransport(transportStats, stats);
        transportStats = stats;
        return subflow.onTransport(stats, nowNanos);
    }

    /** Whether the subflow is to be read. */
    private void reading(boolean wanted) {
        assert OwnerLoop.isCurrent(owner.eventLoop());
        if (wanted != readWanted) {
            readWanted = wanted;
            resumeReading();
        }
    }

    /** The subflow has got its handler; it was not read until then. */
    void resumeReading() {
        setAutoRead(readWanted && !dataHeld && !isPiledUp());
    }

    private void setAutoRead(boolean wanted) {
        try {
            channel.config().setAutoRead(wanted);
        } catch (RejectedExecutionException e) {
            // Its loop is shut down, which closes it: what was lost is told by that.
        }
    }

    /** Closes the subflow at once. */
    void abort() {
        assert OwnerLoop.isCurrent(owner.eventLoop());
        releaseOutbound();
        closeAtOnce();
    }

    /** From now on only {@link #close()} and {@link #closeNow()} end it in order. */
    void resetOnClose() {
        resetOnClose = true;
        connection.resetOnClose();
    }

    /** Any thread. */
    void closeAtOnce() {
        if (resetOnClose) {
            connection.reset(ResetFrame.INTERNAL_ERROR);
        } else {
            channel.close();
        }
    }

    /**
     * Closes the subflow at once, and so that the peer takes it for lost and not for ended.
     *
     * @param code why, for transports that can say so
     */
    void reset(long code) {
        releaseOutbound();
        connection.reset(code);
    }

    /** Closes the subflow behind what is written, without waiting for the peer. */
    void closeNow() {
        flush();
        connection.closeAsUsual();
        channel.close();
    }

    /**
     * Ends the subflow in order: flushes, sends its end, discards what still comes, and closes when the peer has closed,
     * or after a time.
     */
    void close() {
        flush();
        // For batches that are under way yet: what comes is discarded, and must be read for that.
        readWanted = true;
        connection.end();
    }

    private void releaseOutbound() {
        if (crossing != null) {
            crossing.takeOutbound().forEach(ReferenceCountUtil::release);
        }
    }
}
