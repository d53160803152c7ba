package dev.multipath.admission;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Places in the order in which they are taken away. One place may be in several. Not thread-safe: the lock is that of the {@link
 * Places}.
 */
final class Ranking {

    /** What one source has. */
    private static final class Holding {
        int count;
        final TreeMap<Integer, SourcePlaces> byRank = new TreeMap<>();
    }

    private final Map<Object, Holding> holdings = new HashMap<>();

    /** Who has places of a rank; those that are protected are not among them. */
    private final TreeMap<Integer, TreeSet<SourcePlaces>> rivals = new TreeMap<>();

    /** In the order in which their protection ends. */
    private final TreeSet<Place> earned =
            new TreeSet<>(Comparator.comparingLong((Place place) -> place.protectedUntilNanos)
                    .thenComparingLong(place -> place.order));

    private int size;

    int size() {
        return size;
    }

    int sources() {
        return holdings.size();
    }

    int countOf(Object source) {
        Holding own = holdings.get(source);
        return own == null ? 0 : own.count;
    }

    // ---- choosing; null if there is none

    /** The one that is protected for the shortest time. */
    Place firstProtected() {
        return earned.isEmpty() ? null : earned.first();
    }

    Place least() {
        return rivals.isEmpty() ? null : rivals.firstEntry().getValue().first().oldest();
    }

    /** Of {@link #least}, which there is. */
    int leastRank() {
        return rivals.firstKey();
    }

    /** How many of that rank its source has. */
    int leastOfItsSource() {
        return rivals.firstEntry().getValue().first().size();
    }

    Place leastOf(Object source) {
        Holding own = holdings.get(source);
        return own == null || own.byRank.isEmpty()
                ? null
                : own.byRank.firstEntry().getValue().oldest();
    }

    /** Of those that have more than one source may, the one that is protected for the shortest time. */
    Place protectedAbove(int sourceLimit) {
        for (Place place : earned) {
            if (countOf(place.source) > sourceLimit) {
                return place;
            }
        }
        return null;
    }

    // ---- keeping order

    private static int rank(Place place) {
        return place.standing.ordinal() * (Places.MAX_WORTH + 1) + place.worth;
    }

    /** By what it has shown now, as the newest of its rank. */
    void add(Place place) {
        size++;
        Holding holding = holdings.computeIfAbsent(place.source, source -> new Holding());
        holding.count++;
        if (place.standing == Standing.EARNED) {
            earned.add(place);
            return;
        }
        TreeSet<SourcePlaces> sources = rivals.computeIfAbsent(rank(place), key -> new TreeSet<>());
        SourcePlaces own = holding.byRank.computeIfAbsent(rank(place), key -> new SourcePlaces());
        sources.remove(own);
        own.add(place);
        sources.add(own);
    }

    /** While it is as it was when it was added. */
    void remove(Place place) {
        size--;
        Holding holding = holdings.get(place.source);
        if (--holding.count == 0) {
            holdings.remove(place.source);
        }
        if (place.standing == Standing.EARNED) {
            earned.remove(place);
            return;
        }
        TreeSet<SourcePlaces> sources = rivals.get(rank(place));
        SourcePlaces own = holding.byRank.get(rank(place));
        sources.remove(own);
        own.remove(place);
        if (!own.isEmpty()) {
            sources.add(own);
            return;
        }
        holding.byRank.remove(rank(place));
        if (sources.isEmpty()) {
            rivals.remove(rank(place));
        }
    }
}
