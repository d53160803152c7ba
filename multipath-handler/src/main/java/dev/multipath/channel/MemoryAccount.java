package dev.multipath.channel;

import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionMemory;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * What one session holds of a {@link MemoryBudget}, and what it may hold: the more, the more it has done with what it held
 * before. Told once a pump, on the session's event loop; read from any.
 *
 * <p>It tells the budget the difference, in steps of 4 KiB; nothing is counted per frame. The cost is told from bytes
 * and frames alone: what stays in a session is copied if it is less than a fourth of the read buffer that it would
 * pin, and what is passed on at once is not looked at.
 */
final class MemoryAccount implements MemoryClaim {

    /** Changes of less are told later: most pumps leave the shared counters alone. */
    private static final long GRANULARITY_BYTES = 4 << 10;

    /**
     * Each session may have that part of what is left at the most, so that there is always something left for the next, however
     * many there are; one that has shown nothing, a small part.
     */
    private static final int PROVEN_DIVISOR = 4;

    private static final int NEWCOMER_DIVISOR = 32;

    /** A session may hold so many times what it has ever carried. */
    private static final int EARNED_FACTOR = 2;

    /** Many times the slowest round trip: who has moved nothing for so long is not using what it holds. */
    private static final long STALLED_NANOS = 3_000_000_000L;

    /**
     * Who has been without subflows for so long is looked at: whether what it holds is worth it. Many times what coming back
     * takes, and short enough that what strangers leave behind is soon gone.
     */
    private static final long RECLAIM_NANOS = 8_000_000_000L;

    /** From then on, as often: more sessions may have been opened and dropped, or what it has earned is used up. */
    private static final long RECLAIM_AGAIN_NANOS = 2_000_000_000L;

    /** Whose account it is. On the session's event loop. */
    interface Holder {

        /** Of the session; any thread. */
        EventLoop eventLoop();

        /** Whether the caller may have been called by the session. */
        boolean isPumping();

        /** It has to go: ends it, whatever it does. */
        void onMemoryShort();

        /** By what it holds its place at a server; null at a client. Any thread. */
        SessionStanding standing();
    }

    private static final AtomicLongFieldUpdater<MemoryAccount> HELD_BYTES =
            AtomicLongFieldUpdater.newUpdater(MemoryAccount.class, "heldBytes");
    private static final AtomicLongFieldUpdater<MemoryAccount> UNEARNED_BYTES =
            AtomicLongFieldUpdater.newUpdater(MemoryAccount.class, "unearnedBytes");
    private static final AtomicLongFieldUpdater<MemoryAccount> CARRIED_BYTES =
            AtomicLongFieldUpdater.newUpdater(MemoryAccount.class, "carriedBytes");
    private static final AtomicLongFieldUpdater<MemoryAccount> PROGRESS_AT_NANOS =
            AtomicLongFieldUpdater.newUpdater(MemoryAccount.class, "progressAtNanos");

    private final MemoryBudget budget;
    private final Holder holder;
    private final long number;

    // on the session's loop
    private long pledgedBytes;
    private long progressBytes;
    private boolean closed;

    /** While there are no subflows; else null. */
    private ScheduledFuture<?> reclaiming;

    // as AtomicLongs, but in this object: each turn of a session writes them
    private volatile long heldBytes;
    private volatile long unearnedBytes;
    private volatile long carriedBytes;
    private volatile long progressAtNanos;
    private volatile boolean evicted;

    private MemoryAccount(MemoryBudget budget, Holder holder, long number) {
        this.budget = budget;
        this.holder = holder;
        this.number = number;
    }

    /** A session begins to hold something. */
    static MemoryAccount open(MemoryBudget budget, Holder holder) {
        MemoryAccount account = new MemoryAccount(budget, holder, budget.nextNumber());
        budget.open(account);
        return account;
    }

    MemoryBudget budget() {
        return budget;
    }

    @Override
    public long heldBytes() {
        return heldBytes;
    }

    /** What the application has read and the peer has acknowledged in the session's life. Any thread. */
    long carriedBytes() {
        return carriedBytes;
    }

    @Override
    public boolean isEvicted() {
        return evicted;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public long wastedBytes(long nowNanos) {
        return nowNanos - progressAtNanos > STALLED_NANOS ? heldBytes : unearnedBytes;
    }

    // ---- on the session's loop

    /** The session begins: its first grant depends on what is left. */
    void begin(MultipathSession session, long nowNanos) {
        PROGRESS_AT_NANOS.lazySet(this, nowNanos);
        limit(session.memory());
    }

    /**
     * What the session holds may have changed.
     *
     * @param beneathBytes what its channels hold beside it
     */
    void update(MultipathSession session, long beneathBytes, long nowNanos) {
        if (closed) {
            return;
        }
        SessionMemory memory = session.memory();
        memory.settle();
        long consumedCost = memory.consumedBytes() * SessionMemory.COST_PER_BYTE;
        long acknowledgedCost = memory.acknowledgedBytes() * SessionMemory.COST_PER_BYTE;
        long progress = memory.consumedBytes() + memory.acknowledgedBytes();
        if (progress != progressBytes) {
            progressBytes = progress;
            PROGRESS_AT_NANOS.lazySet(this, nowNanos);
            CARRIED_BYTES.lazySet(this, progress);
        }
        long receivedCost = memory.receivedCostBytes();
        long sentCost = memory.sentCostBytes() + beneathBytes;
        long held = receivedCost + sentCost;
        long unearned = Math.max(0, receivedCost - consumedCost) + Math.max(0, sentCost - acknowledgedCost);
        long pledged = Math.max(0, memory.pledgedCostBytes() - EARNED_FACTOR * consumedCost);
        tell(held, unearned, pledged, nowNanos);
        limit(memory);
        watch(session.isSuspended());
    }

    private void watch(boolean suspended) {
        if (!suspended) {
            stopWatching();
        } else if (reclaiming == null) {
            reclaiming = holder.eventLoop()
                    .scheduleWithFixedDelay(
                            () -> budget.reclaim(this, SessionClock.nowNanos()),
                            RECLAIM_NANOS,
                            RECLAIM_AGAIN_NANOS,
                            TimeUnit.NANOSECONDS);
        }
    }

    /** Its own objects are a stranger's doing only at a server. */
    @Override
    public long costBytes() {
        return heldBytes + ownBytes();
    }

    @Override
    public long unearnedCostBytes() {
        return unearnedBytes + Math.max(0, ownBytes() - SessionMemory.COST_PER_BYTE * carriedBytes);
    }

    private long ownBytes() {
        return holder.standing() == null ? 0 : SESSION_BYTES;
    }

    @Override
    public boolean isOverdue(long nowNanos) {
        return holder.standing() != null && !holder.standing().isProtected(nowNanos);
    }

    private void stopWatching() {
        if (reclaiming != null) {
            reclaiming.cancel(false);
            reclaiming = null;
        }
    }

    private void tell(long held, long unearned, long pledged, long nowNanos) {
        UNEARNED_BYTES.lazySet(this, unearned);
        long heldDelta = rounded(held) - heldBytes;
        long pledgedDelta = rounded(pledged) - pledgedBytes;
        if (heldDelta != 0) {
            HELD_BYTES.lazySet(this, rounded(held));
        }
        pledgedBytes += pledgedDelta;
        if (heldDelta != 0 || pledgedDelta != 0 || budget.isShort()) {
            budget.change(heldDelta, pledgedDelta, nowNanos);
        }
    }

    private static long rounded(long bytes) {
        return bytes & -GRANULARITY_BYTES;
    }

    private void limit(SessionMemory memory) {
        long newcomerBytes = budget.unpledgedBytes() / NEWCOMER_DIVISOR;
        long provenBytes = budget.freeBytes() / PROVEN_DIVISOR;
        long receiveBytes = limit(newcomerBytes, provenBytes, memory.consumedBytes());
        long sendBytes = limit(newcomerBytes, provenBytes, memory.acknowledgedBytes());
        memory.limit(budget.isCritical() ? 0 : receiveBytes, sendBytes);
    }

    private static long limit(long newcomerBytes, long provenBytes, long carriedBytes) {
        long earnedBytes = Math.min(provenBytes / SessionMemory.COST_PER_BYTE, EARNED_FACTOR * carriedBytes);
        return Math.max(
                SessionMemory.MIN_WINDOW_BYTES, Math.max(newcomerBytes / SessionMemory.COST_PER_BYTE, earnedBytes));
    }

    /** The session holds nothing any more. */
    void close(long nowNanos) {
        if (!closed) {
            closed = true;
            stopWatching();
            tell(0, 0, 0, nowNanos);
            budget.close(this, nowNanos);
        }
    }

    /** Something has failed: perhaps for want of memory. Any thread. */
    void onFailure(Throwable cause) {
        budget.onFailure(cause, SessionClock.nowNanos());
    }

    // ---- the end

    @Override
    public void evict() {
        evicted = true;
        try {
            // Never from within: whoever has noticed may be in the middle of a pump, of this session or another.
            holder.eventLoop().execute(this::end);
        } catch (RejectedExecutionException e) {
            // Its loop has ended, and the session with it, if perhaps without a word.
            budget.forget(this, HELD_BYTES.getAndSet(this, 0), pledgedBytes);
            pledgedBytes = 0;
        }
    }

    @Override
    public boolean isHere() {
        return holder.eventLoop().inEventLoop();
    }

    @Override
    public void endNow() {
        if (!closed && !holder.isPumping()) {
            end();
        }
    }

    private void end() {
        if (!closed) {
            holder.onMemoryShort();
        }
    }

    @Override
    public String toString() {
        return "session " + number + " " + holder;
    }
}
