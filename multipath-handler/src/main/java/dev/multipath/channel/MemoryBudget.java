package dev.multipath.channel;

import io.netty.util.internal.PlatformDependent;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory sessions may hold together, received and sent, in bytes of real memory: read buffers that slices keep
 * from being used again and the objects of small frames included, and what transports hold beneath a server's connections (QUIC). As it fills, sessions may hold less each, those that have
 * shown nothing the least; past a mark, sessions end that hold the most and do the least with it, with
 * {@code GOING_AWAY} to their peers. Set with {@link MultipathChannelOption#MEMORY_BUDGET}; any number of channels may share
 * one. Thread-safe.
 *
 * <p>Limits follow what is left, as the dynamic thresholds of shared-memory switches do (Choudhury and Hahne, 1998):
 * however many ask, some is always left. When memory is short, who holds most for nothing goes: more than it has ever
 * carried, or with nothing moving for 3 s. One at a time, and the next when it is seen what that gave back. It
 * happens on the victim's event loop; one that does not come to it for half a second is not waited for.
 */
public final class MemoryBudget {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(MemoryBudget.class);

    /**
     * Half of what there is: the rest is for the application, for what is being read just now, and for allocators, which
     * keep some of what was given back.
     */
    private static final int DEFAULT_DIVISOR = 2;

    /** The smallest windows of a hundred sessions. */
    private static final long MIN_LIMIT_BYTES = 4 << 20;

    private static final double TIGHT = 0.5;
    private static final double RELIEVED = 0.65;
    private static final double HIGH = 0.8;
    private static final double CRITICAL = 0.95;

    /**
     * When nobody is to be ended, it is looked again after so long: that takes a look at each session. But at once when it has
     * become critical meanwhile, as somebody is then: at full speed sessions take megabytes in that time.
     */
    private static final long LOOK_AGAIN_NANOS = 10_000_000;

    /** Each takes a look at each session; the next ones follow at the next change. */
    private static final int MAX_VICTIMS_AT_ONCE = 8;

    /**
     * What connections may cost that do nothing: as many come as ask, and the rest is for what sessions carry. Whoever comes then gets
     * the place of who has shown least.
     */
    private static final double RESTING = 0.5;

    /** With those that were told to go and have not gone yet. */
    private static final double RESTING_AT_MOST = 0.625;

    /** From here on it is worth ending suspended sessions that have shown nothing. */
    private static final double NOTABLE = 0.125;

    /** A session on a loop that does not come to closing it is not waited for any longer. */
    private static final long MAX_WAIT_NANOS = 500_000_000;

    /** Thousands may be told at the same moment, and end one after the other. */
    private static final long MAX_RECLAIM_NANOS = 20_000_000_000L;

    /** When the JVM had no memory left, less than what was held then is allowed, for so long. */
    private static final long SHORTAGE_NANOS = 10_000_000_000L;

    private static final MemoryBudget SHARED = ofBytes(Math.max(MIN_LIMIT_BYTES, available() / DEFAULT_DIVISOR));

    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    /** What peers may send to sessions that have shown nothing yet, and that would have to be held. */
    private final AtomicLong pledgedBytes = new AtomicLong();

    /** What connections of transports cost at rest; a part of {@link #usedBytes}. */
    private final AtomicLong restingBytes = new AtomicLong();

    private final Set<MemoryClaim> accounts = ConcurrentHashMap.newKeySet();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong evicted = new AtomicLong();

    /** Less than {@link #limitBytes} for a while after the JVM had none left. */
    private volatile long allowedBytes;

    private volatile long shortUntilNanos;

    private volatile boolean relieving;

    // guarded by this

    /** Those that are ended and hold something yet, with the moment of it. */
    private final Map<MemoryClaim, Long> leaving = new HashMap<>();

    /** Those that {@link #reclaim} has told to go, in that order, and the sum of what they cost: there may be very many. */
    private final Map<MemoryClaim, Reclaimed> reclaimed = new LinkedHashMap<>();

    private long reclaimedBytes;

    /** Those that are over and hold something yet, so that their peers can be told; the oldest first. */
    private final Set<MemoryClaim> departed = new LinkedHashSet<>();

    /** One that was told to go. */
    private record Reclaimed(long costBytes, long sinceNanos) {}

    private long nextChoiceAtNanos;

    /** Whether there was nobody to be ended though it was critical. */
    private boolean nobodyLeft;

    private MemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
        allowedBytes = limitBytes;
    }

    /**
     * {@return the budget of all channels that have no other} Half of the JVM's limit of direct memory; of its heap, if that is
     * where Netty's buffers are.
     */
    public static MemoryBudget shared() {
        return SHARED;
    }

    /**
     * A budget of its own.
     *
     * @param limitBytes at least 4 MiB
     * @return the budget
     * @throws IllegalArgumentException if the limit is lower
     */
    public static MemoryBudget ofBytes(long limitBytes) {
        if (limitBytes < MIN_LIMIT_BYTES) {
            throw new IllegalArgumentException(
                    "a memory budget must be at least " + MIN_LIMIT_BYTES + " bytes, not " + limitBytes);
        }
        return new MemoryBudget(limitBytes);
    }

    /** The limit of the memory that holds buffers. */
    private static long available() {
        return PlatformDependent.directBufferPreferred()
                ? PlatformDependent.maxDirectMemory()
                : Runtime.getRuntime().maxMemory();
    }

    /** {@return what sessions may hold together} */
    public long limitBytes() {
        return limitBytes;
    }

    /** {@return what they hold now} */
    public long usedBytes() {
        return usedBytes.get();
    }

    /** {@return how much of it is in use} */
    public MemoryPressure pressure() {
        double fill = (double) usedBytes.get() / allowedBytes;
        if (fill < TIGHT) {
            return MemoryPressure.NONE;
        }
        if (fill < HIGH) {
            return MemoryPressure.TIGHT;
        }
        return fill < CRITICAL ? MemoryPressure.HIGH : MemoryPressure.CRITICAL;
    }

    /** {@return how many sessions, and connections whose transport held much, were ever ended because memory was short} */
    public long evictedSessions() {
        return evicted.get();
    }

    @Override
    public String toString() {
        return "memory budget, " + usedBytes + " of " + limitBytes + " bytes in use";
    }

    // ---- accounts

    /** Of the next session. */
    long nextNumber() {
        return opened.incrementAndGet();
    }

    void open(MemoryClaim account) {
        accounts.add(account);
    }

    /** How many sessions there are. */
    int accounts() {
        return accounts.size();
    }

    /** What is left for sessions that have shown that they make use of it. */
    long freeBytes() {
        return Math.max(0, allowedBytes - usedBytes.get());
    }

    /** What is left if all that was promised to sessions that have shown nothing is taken. */
    long unpledgedBytes() {
        return Math.max(0, freeBytes() - pledgedBytes.get());
    }

    /** Whether connections cost as much at rest as they may. */
    boolean isFullAtRest() {
        return restingBytes.get() > RESTING * allowedBytes;
    }

    /** Whether they would cost too much even if for each that comes another one is told to go. */
    boolean isOverfullAtRest() {
        return restingBytes.get() > RESTING_AT_MOST * allowedBytes;
    }

    /** Beside {@link #change}. */
    void changeResting(long delta) {
        restingBytes.addAndGet(delta);
    }

    boolean isCritical() {
        return usedBytes.get() >= CRITICAL * allowedBytes;
    }

    void change(long usedDelta, long pledgedDelta, long nowNanos) {
        if (pledgedDelta != 0) {
            pledgedBytes.addAndGet(pledgedDelta);
        }
        long used = usedDelta == 0 ? usedBytes.get() : usedBytes.addAndGet(usedDelta);
        if (isShort() || used >= HIGH * allowedBytes) {
            relieve(nowNanos);
        }
    }

    /** Whether somebody may have to go, and who holds the most for nothing is to be seen again and again. */
    boolean isShort() {
        return relieving || shortUntilNanos != 0;
    }

    void close(MemoryClaim account, long nowNanos) {
        accounts.remove(account);
        synchronized (this) {
            onGone(account);
        }
        change(0, 0, nowNanos);
    }

    /** Its event loop has ended, and nobody else will say so. */
    synchronized void forget(MemoryClaim account, long heldBytes, long pledgedBytesOfIt) {
        accounts.remove(account);
        onGone(account);
        usedBytes.addAndGet(-heldBytes);
        pledgedBytes.addAndGet(-pledgedBytesOfIt);
    }

    /** It is over, and holds something yet. */
    synchronized void depart(MemoryClaim account) {
        departed.add(account);
    }

    /** Ends the one that has been over for the longest, which has nothing to lose. Returns whether there was one. */
    synchronized boolean endDeparted() {
        Iterator<MemoryClaim> oldestFirst = departed.iterator();
        while (oldestFirst.hasNext()) {
            MemoryClaim oldest = oldestFirst.next();
            oldestFirst.remove();
            if (!oldest.isEvicted()) {
                oldest.evict();
                return true;
            }
        }
        return false;
    }

    private void onGone(MemoryClaim account) {
        departed.remove(account);
        leaving.remove(account);
        Reclaimed told = reclaimed.remove(account);
        if (told != null) {
            reclaimedBytes -= told.costBytes();
        }
    }

    // ---- when memory is short

    /** If that is why something has failed, what is held now was too much. Any thread. */
    void onFailure(Throwable cause, long nowNanos) {
        if (cause instanceof OutOfMemoryError || cause.getCause() instanceof OutOfMemoryError) {
            onOutOfMemory(nowNanos);
        }
    }

    /** The JVM had none left. Any thread. */
    void onOutOfMemory(long nowNanos) {
        synchronized (this) {
            allowedBytes = Math.max(MIN_LIMIT_BYTES, Math.min(allowedBytes, usedBytes.get() / 4 * 3));
            shortUntilNanos = nowNanos + SHORTAGE_NANOS;
        }
        relieve(nowNanos);
    }

    /** Ends as many sessions as it takes, those included that are about to go. */
    private synchronized void relieve(long nowNanos) {
        if (shortUntilNanos != 0 && nowNanos >= shortUntilNanos) {
            shortUntilNanos = 0;
            allowedBytes = limitBytes;
        }
        long used = usedBytes.get();
        relieving = used >= (relieving ? RELIEVED : HIGH) * allowedBytes;
        boolean looksAgain = nowNanos >= nextChoiceAtNanos || (isCritical() && !nobodyLeft);
        if (!relieving || !looksAgain) {
            return;
        }
        double tooMuchBytes = used - leavingBytes(nowNanos) - RELIEVED * allowedBytes;
        for (int i = 0; tooMuchBytes > 0 && i < MAX_VICTIMS_AT_ONCE; i++) {
            MemoryClaim victim = choose(nowNanos);
            if (victim == null) {
                nextChoiceAtNanos = nowNanos + LOOK_AGAIN_NANOS;
                nobodyLeft = isCritical();
                return;
            }
            nobodyLeft = false;
            tooMuchBytes -= victim.heldBytes();
            leaving.put(victim, nowNanos);
            end(victim);
        }
    }

    private long leavingBytes(long nowNanos) {
        leaving.values().removeIf(sinceNanos -> nowNanos - sinceNanos > MAX_WAIT_NANOS);
        return leaving.keySet().stream().mapToLong(MemoryClaim::heldBytes).sum();
    }

    private void end(MemoryClaim victim) {
        evicted.incrementAndGet();
        LOGGER.debug("{}: {} is ended, which holds {}", this, victim, victim.heldBytes());
        victim.evict();
    }

    /**
     * Ends the victims of the calling event loop before it reads any more. Each has a task that does it, but that comes only when
     * the loop has read all that was ready, which may be more than there is. Not from within a session.
     */
    void endVictims() {
        if (!isShort()) {
            return;
        }
        List<MemoryClaim> here;
        synchronized (this) {
            here = leaving.keySet().stream().filter(MemoryClaim::isHere).toList();
        }
        here.forEach(MemoryClaim::endNow);
    }

    /**
     * A session has been without subflows for a while: ends it if what it holds is held for nothing, and is missed. Here what the
     * sessions themselves cost counts too, which many may leave behind that hold nothing; but not those that are about to go, or
     * of many that look at the same moment all would.
     */
    synchronized void reclaim(MemoryClaim suspended, long nowNanos) {
        if (suspended.isEvicted()) {
            return;
        }
        forgetThoseThatDoNotGo(nowNanos);
        long costBytes = usedBytes.get() + (long) accounts.size() * MemoryClaim.SESSION_BYTES - reclaimedBytes;
        double fill = (double) costBytes / allowedBytes;
        boolean tight = fill >= TIGHT;
        long forgivenBytes = tight ? 0 : suspended.costBytes() / 2;
        boolean forNothing = suspended.unearnedCostBytes() > forgivenBytes || (tight && suspended.isOverdue(nowNanos));
        if (fill >= NOTABLE && forNothing) {
            long goesBytes = suspended.heldBytes() + MemoryClaim.SESSION_BYTES;
            reclaimed.put(suspended, new Reclaimed(goesBytes, nowNanos));
            reclaimedBytes += goesBytes;
            end(suspended);
        }
    }

    /** What they hold is held after all: else one whose loop does not come to it would be left out of the sum for ever. */
    private void forgetThoseThatDoNotGo(long nowNanos) {
        Iterator<Reclaimed> oldestFirst = reclaimed.values().iterator();
        while (oldestFirst.hasNext()) {
            Reclaimed oldest = oldestFirst.next();
            if (nowNanos - oldest.sinceNanos() <= MAX_RECLAIM_NANOS) {
                return;
            }
            oldestFirst.remove();
            reclaimedBytes -= oldest.costBytes();
        }
    }

    /** Who holds the most for nothing; of equals the newest. If all make good use of it, and it is critical, who holds most. */
    private MemoryClaim choose(long nowNanos) {
        MemoryClaim worst = null;
        long worstBytes = 0;
        MemoryClaim greediest = null;
        for (MemoryClaim account : accounts) {
            if (account.isEvicted() || account.heldBytes() == 0) {
                continue;
            }
            long wastedBytes = account.wastedBytes(nowNanos);
            if (wastedBytes > worstBytes
                    || (worst != null && wastedBytes == worstBytes && account.number() > worst.number())) {
                worst = account;
                worstBytes = wastedBytes;
            }
            if (greediest == null || account.heldBytes() > greediest.heldBytes()) {
                greediest = account;
            }
        }
        return worst != null ? worst : isCritical() ? greediest : null;
    }
}
