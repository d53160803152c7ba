package dev.multipath.admission;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Places of one kind, as many as there may be. Who comes when there is none left gets that of the least proven, by standing and,
 * within that, by worth: of those, from the source that has the most of them, the oldest. So a host can take from others only what leaves each as much as
 * itself, and one that comes fast takes from itself. What is protected is taken away from nobody
 * but who has more than a source may. The memory that this needs is
 * bounded by the number of places: a source is known only while it has one. Every operation costs the logarithm of that
 * number. Thread-safe.
 */
public final class Places {

    /** Protections that are looked at when a place is wanted: one that has ended suffices, the others wait for the next. */
    private static final int MAX_ENDED_AT_ONCE = 64;

    /** Worths are told apart up to this. */
    public static final int MAX_WORTH = 15;

    /** What one source has. */
    private static final class Holding {
        int count;
        final TreeMap<Integer, SourcePlaces> byRank = new TreeMap<>();
    }

    private final Shortage shortage;
    private final Map<Object, Holding> holdings = new HashMap<>();

    /** Who has places of a rank; those that are protected are not among them. */
    private final TreeMap<Integer, TreeSet<SourcePlaces>> rivals = new TreeMap<>();

    /** In the order in which their protection ends. */
    private final TreeSet<Place> earned =
            new TreeSet<>(Comparator.comparingLong((Place place) -> place.protectedUntilNanos)
                    .thenComparingLong(place -> place.order));

    private int size;
    private long nextOrder;

    /**
     * Without any.
     *
     * @param shortage what there are too few of when there is none left
     */
    public Places(Shortage shortage) {
        this.shortage = shortage;
    }

    /** {@return how many are held} */
    public synchronized int size() {
        return size;
    }

    /** {@return how many sources hold them} */
    public synchronized int sources() {
        return holdings.size();
    }

    /**
     * Gives a newcomer a place. If there are too few, somebody is told that he has lost his, before this returns.
     *
     * @param newcomer not entered before
     * @param standing that of its rest, where it begins
     * @param limit how many there may be in all
     * @param sourceLimit how many one source may have when there are too few: then it gets only its own, and if there is nobody
     *     else, one of those above it loses even what is protected
     * @param nowNanos the present, of a monotonic clock
     * @return {@code null} if it has got one, else what was short
     */
    public Shortage enter(Place newcomer, Standing standing, int limit, int sourceLimit, long nowNanos) {
        Place victim = null;
        Shortage why;
        synchronized (this) {
            why = missing(newcomer, limit, sourceLimit);
            if (why != null) {
                endProtections(nowNanos);
                victim = why == Shortage.SOURCE_QUOTA ? leastOf(holdings.get(newcomer.source)) : least(sourceLimit);
                if (victim == null) {
                    return why;
                }
                remove(victim);
            }
            size++;
            newcomer.rest = standing;
            newcomer.worth = 0;
            holdings.computeIfAbsent(newcomer.source, source -> new Holding()).count++;
            put(newcomer, standing);
        }
        if (victim != null) {
            victim.tenant.onEvicted(why);
        }
        return null;
    }

    private Shortage missing(Place newcomer, int limit, int sourceLimit) {
        if (size < limit) {
            return null;
        }
        Holding own = holdings.get(newcomer.source);
        return own != null && own.count >= sourceLimit ? Shortage.SOURCE_QUOTA : shortage;
    }

    /**
     * Takes a place away without a newcomer.
     *
     * @param why what the tenant is told
     * @param nowNanos the present
     * @return false if all are protected
     */
    public boolean evictLeast(Shortage why, long nowNanos) {
        Place victim;
        synchronized (this) {
            endProtections(nowNanos);
            victim = least(Integer.MAX_VALUE);
            if (victim == null) {
                return false;
            }
            remove(victim);
        }
        victim.tenant.onEvicted(why);
        return true;
    }

    /**
     * The tenant has shown more, or less.
     *
     * @param place without effect on one that is not held
     * @param rest its standing when it is not protected
     * @param worth tells those of one standing apart, the least first: 0 to {@link #MAX_WORTH}
     * @param protectedUntilNanos until then nobody takes it
     * @param nowNanos the present
     */
    public synchronized void update(Place place, Standing rest, int worth, long protectedUntilNanos, long nowNanos) {
        if (place.standing == null) {
            return;
        }
        Standing standing = protectedUntilNanos > nowNanos ? Standing.EARNED : rest;
        boolean moves = standing == Standing.EARNED || standing != place.standing || worth != place.worth;
        if (moves) {
            take(place);
            place.rest = rest;
            place.worth = worth;
            place.protectedUntilNanos = protectedUntilNanos;
            put(place, standing);
        }
    }

    /**
     * The tenant has gone, or does not need it any more.
     *
     * @param place without effect on one that is not held
     */
    public synchronized void leave(Place place) {
        if (place.standing != null) {
            remove(place);
        }
    }

    /**
     * For tests and statistics.
     *
     * @param place any
     * @return its standing; {@code null} if it is not held
     */
    public synchronized Standing standing(Place place) {
        return place.standing;
    }

    // ---- choosing

    private void endProtections(long nowNanos) {
        for (int i = 0; i < MAX_ENDED_AT_ONCE && !earned.isEmpty(); i++) {
            Place first = earned.first();
            if (first.protectedUntilNanos > nowNanos) {
                return;
            }
            take(first);
            put(first, first.rest);
        }
    }

    private Place least(int sourceLimit) {
        return rivals.isEmpty()
                ? earnedAbove(sourceLimit)
                : rivals.firstEntry().getValue().first().oldest();
    }

    /** Of those that have more than one source may, the one that is protected for the shortest time. */
    private Place earnedAbove(int sourceLimit) {
        for (Place place : earned) {
            if (holdings.get(place.source).count > sourceLimit) {
                return place;
            }
        }
        return null;
    }

    private static Place leastOf(Holding holding) {
        return holding.byRank.isEmpty()
                ? null
                : holding.byRank.firstEntry().getValue().oldest();
    }

    // ---- keeping order

    private static int rank(Place place) {
        return place.standing.ordinal() * (MAX_WORTH + 1) + place.worth;
    }

    private void put(Place place, Standing standing) {
        place.standing = standing;
        place.order = nextOrder++;
        if (standing == Standing.EARNED) {
            earned.add(place);
            return;
        }
        TreeSet<SourcePlaces> sources = rivals.computeIfAbsent(rank(place), key -> new TreeSet<>());
        SourcePlaces own = holdings.get(place.source).byRank.computeIfAbsent(rank(place), key -> new SourcePlaces());
        sources.remove(own);
        own.add(place);
        sources.add(own);
    }

    private void take(Place place) {
        if (place.standing == Standing.EARNED) {
            earned.remove(place);
            return;
        }
        TreeSet<SourcePlaces> sources = rivals.get(rank(place));
        TreeMap<Integer, SourcePlaces> siblings = holdings.get(place.source).byRank;
        SourcePlaces own = siblings.get(rank(place));
        sources.remove(own);
        own.remove(place);
        if (!own.isEmpty()) {
            sources.add(own);
            return;
        }
        siblings.remove(rank(place));
        if (sources.isEmpty()) {
            rivals.remove(rank(place));
        }
    }

    private void remove(Place place) {
        take(place);
        place.standing = null;
        size--;
        Holding holding = holdings.get(place.source);
        if (--holding.count == 0) {
            holdings.remove(place.source);
        }
    }
}
