package dev.multipath.channel;

import dev.multipath.codec.ResetFrame;
import dev.multipath.transport.SubflowConnection;
import dev.multipath.transport.SubflowResources;
import dev.multipath.transport.TransportMemory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.RejectedExecutionException;

/**
 * What the transport holds beneath one accepted connection, as a claim of its own on the {@link MemoryBudget}: it is there before
 * there is a session, and until the transport has given it back, which may be later than the subflow's end; so it stands in the pipeline of
 * who holds it. If somebody has to go for it, that is the connection, and first of all those whose subflow has ended. A session goes on over
 * its others, and a client that has lost one for nothing dials again.
 */
final class TransportClaim extends ChannelInboundHandlerAdapter implements MemoryClaim {

    /** Changes of less are told later. */
    private static final long GRANULARITY_BYTES = 4 << 10;

    private final MemoryBudget budget;
    private final SubflowConnection connection;
    private final long number;
    private final SubflowResources resources;
    private final long restingBytes;
    private boolean open;
    private volatile long heldBytes;
    private volatile long carriedBytes;
    private volatile boolean evicted;

    TransportClaim(MemoryBudget budget, SubflowConnection connection) {
        this.budget = budget;
        this.connection = connection;
        number = budget.nextNumber();
        resources = connection.resources();
        restingBytes = resources.restingBytes();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        open = true;
        heldBytes = restingBytes;
        budget.open(this);
        budget.changeResting(restingBytes);
        budget.change(restingBytes, 0, SessionClock.nowNanos());
        resources.holder().closeFuture().addListener(released -> release());
        connection.channel().closeFuture().addListener(ended -> depart());
    }

    private void depart() {
        if (open) {
            budget.depart(this);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof TransportMemory memory) {
            hold(memory.heldBytes(), memory.carriedBytes());
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private void hold(long bytes, long carried) {
        if (open) {
            long held = restingBytes + (bytes & -GRANULARITY_BYTES);
            long delta = held - heldBytes;
            heldBytes = held;
            carriedBytes = carried;
            budget.change(delta, 0, SessionClock.nowNanos());
        }
    }

    private void release() {
        if (open) {
            open = false;
            long held = heldBytes;
            heldBytes = 0;
            budget.changeResting(-restingBytes);
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

    /**
     * As of a session. What stands still needs no rule of its own: what is held is what came and was of no use since. What each costs
     * at rest is not its fault: places are short then ({@link Admission#hasRoomAtRest}), and the newest would pay here. Of one that is
     * over, all is held for nothing.
     */
    @Override
    public long wastedBytes(long nowNanos) {
        return connection.channel().isOpen() ? Math.max(0, heldBytes - restingBytes - carriedBytes) : heldBytes;
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
            // What it holds is wanted more than that its peer hears of it for certain.
            connection.channel().eventLoop().execute(() -> {
                if (connection.channel().isOpen()) {
                    connection.reset(ResetFrame.GOING_AWAY);
                }
                resources.reclaim().run();
            });
        } catch (RejectedExecutionException e) {
            // Its loop has ended, and the connection with it.
            budget.changeResting(-restingBytes);
            budget.forget(this, heldBytes, 0);
            heldBytes = 0;
        }
    }

    @Override
    public boolean isHere() {
        return connection.channel().eventLoop().inEventLoop();
    }

    /** The task comes soon, and meanwhile it is the transport that reads. */
    @Override
    public void endNow() {}

    @Override
    public String toString() {
        return "beneath " + connection.channel();
    }
}
