package dev.multipath.admission;

import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Places of one kind, as many as there may be. Who comes when there is none left gets that of the least proven, by standing and,
 * within that, by worth: of those, from the source that has the most of them, the oldest. So a host can take from others only what leaves each as much as
 * itself, and one that comes fast takes from itself. What is protected is taken away from nobody
 * but who has more than a source may. When something else is short that places hold ({@link #hold}), the least proven of those that hold it
 * goes: the end of another would be for nothing. The memory that this needs is
 * bounded by the number of places: a source is known only while it has one. Every operation costs the logarithm of that
 * number. Thread-safe.
 */
public final class Places {

    /** Protections that are looked at when a place is wanted: one that has ended suffices, the others wait for the next. */
    private static final int MAX_ENDED_AT_ONCE = 64;

    /** Worths are told apart up to this. */
    public static final int MAX_WORTH = 15;

    private final Shortage shortage;
    private final Ranking all = new Ranking();

    /** Those of them that hold it. */
    private final Map<Shortage, Ranking> holders = new EnumMap<>(Shortage.class);

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
        return all.size();
    }

    /**
     * {@return how many that are held hold that}
     *
     * @param what as in {@link #hold}
     */
    public synchronized int holders(Shortage what) {
        Ranking ranking = holders.get(what);
        return ranking == null ? 0 : ranking.size();
    }

    /** {@return how many sources hold them} */
    public synchronized int sources() {
        return all.sources();
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
                victim = why == Shortage.SOURCE_QUOTA ? all.leastOf(newcomer.source) : least(sourceLimit);
                if (victim == null) {
                    return why;
                }
                remove(victim);
            }
            newcomer.rest = standing;
            newcomer.worth = 0;
            put(newcomer, standing);
        }
        if (victim != null) {
            victim.tenant.onEvicted(why);
        }
        return null;
    }

    private Shortage missing(Place newcomer, int limit, int sourceLimit) {
        if (all.size() < limit) {
            return null;
        }
        return all.countOf(newcomer.source) >= sourceLimit ? Shortage.SOURCE_QUOTA : shortage;
    }

    /**
     * What the tenant holds that may be short: its end gives it back.
     *
     * @param place entered, or to be
     * @param what as of now
     */
    public synchronized void hold(Place place, Set<Shortage> what) {
        if (place.standing != null) {
            place.held.stream().filter(no -> !what.contains(no)).forEach(no -> holders.get(no)
                    .remove(place));
            what.stream().filter(now -> !place.held.contains(now)).forEach(now -> addHolder(now, place));
        }
        place.held = Set.copyOf(what);
    }

    /**
     * Takes a place away without a newcomer, of whoever of all holds what is short and has shown the least; of equals, where one source
     * has the most of them.
     *
     * @param all what the places are of holds that from one stock
     * @param why what is short, and what the tenant is told
     * @param nowNanos the present
     * @return false if nobody holds it who is not protected
     */
    public static boolean evictLeast(Collection<Places> all, Shortage why, long nowNanos) {
        return all.stream()
                .flatMap(places -> places.leastHolder(why, nowNanos).stream())
                .min(Least.ORDER)
                .map(least -> least.places().evictLeast(why, nowNanos))
                .orElse(false);
    }

    /** The first of these to go, as it was a moment ago: if another one is by now, that one goes. */
    private record Least(Places places, int rank, int ofItsSource) {

        static final Comparator<Least> ORDER =
                Comparator.comparingInt(Least::rank).thenComparing(Least::ofItsSource, Comparator.reverseOrder());
    }

    private synchronized Optional<Least> leastHolder(Shortage why, long nowNanos) {
        endProtections(nowNanos);
        Ranking ranking = holders.get(why);
        return ranking == null || ranking.least() == null
                ? Optional.empty()
                : Optional.of(new Least(this, ranking.leastRank(), ranking.leastOfItsSource()));
    }

    /**
     * Takes a place away without a newcomer, of somebody who holds what is short.
     *
     * @param why what is short, and what the tenant is told
     * @param nowNanos the present
     * @return false if nobody holds it who is not protected
     */
    public boolean evictLeast(Shortage why, long nowNanos) {
        Place victim;
        synchronized (this) {
            endProtections(nowNanos);
            Ranking ranking = holders.get(why);
            victim = ranking == null ? null : ranking.least();
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
        for (int i = 0; i < MAX_ENDED_AT_ONCE; i++) {
            Place first = all.firstProtected();
            if (first == null || first.protectedUntilNanos > nowNanos) {
                return;
            }
            take(first);
            put(first, first.rest);
        }
    }

    private Place least(int sourceLimit) {
        Place least = all.least();
        return least == null ? all.protectedAbove(sourceLimit) : least;
    }

    // ---- keeping order

    private void put(Place place, Standing standing) {
        place.standing = standing;
        place.order = nextOrder++;
        all.add(place);
        place.held.forEach(what -> addHolder(what, place));
    }

    private void addHolder(Shortage what, Place place) {
        holders.computeIfAbsent(what, key -> new Ranking()).add(place);
    }

    private void take(Place place) {
        all.remove(place);
        place.held.forEach(what -> holders.get(what).remove(place));
    }

    private void remove(Place place) {
        take(place);
        place.standing = null;
    }
}
