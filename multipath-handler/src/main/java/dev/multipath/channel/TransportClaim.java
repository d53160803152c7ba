package dev.multipath.channel;

import dev.multipath.codec.ResetFrame;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportMemory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.RejectedExecutionException;

/**
 * What the transport holds beneath one accepted connection, as a claim of its own on the {@link MemoryBudget}: it is there before
 * there is a session, and if somebody has to go for it, that is the connection. A session goes on over its others, and a client
 * that has lost one for nothing dials again.
 */
final class TransportClaim extends ChannelInboundHandlerAdapter implements MemoryClaim {

    /** Changes of less are told later. */
    private static final long GRANULARITY_BYTES = 4 << 10;

    private final MemoryBudget budget;
    private final SubflowTransport transport;
    private ChannelHandlerContext context;
    private boolean open;
    private volatile long number;
    private volatile long heldBytes;
    private volatile long carriedBytes;
    private volatile boolean evicted;

    TransportClaim(MemoryBudget budget, SubflowTransport transport) {
        this.budget = budget;
        this.transport = transport;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof TransportMemory memory) {
            hold(memory.heldBytes(), memory.carriedBytes());
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        release();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        release();
    }

    private void hold(long bytes, long carried) {
        long rounded = bytes & -GRANULARITY_BYTES;
        if (!open && (rounded == 0 || !context.channel().isActive())) {
            return;
        }
        if (!open) {
            open = true;
            number = budget.nextNumber();
            budget.open(this);
        }
        long delta = rounded - heldBytes;
        heldBytes = rounded;
        carriedBytes = carried;
        budget.change(delta, 0, SessionClock.nowNanos());
    }

    private void release() {
        if (open) {
            open = false;
            long held = heldBytes;
            heldBytes = 0;
            budget.change(-held, 0, SessionClock.nowNanos());
            budget.close(this, SessionClock.nowNanos());
        }
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public long heldBytes() {
        return heldBytes;
    }

    /** As of a session. What stands still needs no rule of its own: what is held is what came and was of no use since. */
    @Override
    public long wastedBytes(long nowNanos) {
        return Math.max(0, heldBytes - carriedBytes);
    }

    @Override
    public long costBytes() {
        return heldBytes;
    }

    @Override
    public long unearnedCostBytes() {
        return wastedBytes(0);
    }

    @Override
    public boolean isOverdue(long nowNanos) {
        return false;
    }

    @Override
    public boolean isEvicted() {
        return evicted;
    }

    @Override
    public void evict() {
        evicted = true;
        try {
            // Never from within: the transport is at work on it when it tells what it holds.
            context.channel().eventLoop().execute(() -> transport.reset(context.channel(), ResetFrame.GOING_AWAY));
        } catch (RejectedExecutionException e) {
            // Its loop has ended, and the connection with it.
            budget.forget(this, heldBytes, 0);
            heldBytes = 0;
        }
    }

    @Override
    public boolean isHere() {
        return context.channel().eventLoop().inEventLoop();
    }

    /** The task comes soon, and meanwhile it is the transport that reads. */
    @Override
    public void endNow() {}

    @Override
    public String toString() {
        return "beneath " + context.channel();
    }
}
