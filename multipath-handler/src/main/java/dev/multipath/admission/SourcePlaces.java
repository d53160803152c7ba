package dev.multipath.admission;

import java.util.Iterator;
import java.util.LinkedHashSet;

/** The places of one source that have one rank, the oldest first. */
final class SourcePlaces implements Comparable<SourcePlaces> {

    private final LinkedHashSet<Place> places = new LinkedHashSet<>();

    /** As it was when this was last put in order. */
    private long oldestOrder;

    boolean isEmpty() {
        return places.isEmpty();
    }

    int size() {
        return places.size();
    }

    void add(Place place) {
        places.add(place);
        update();
    }

    void remove(Place place) {
        places.remove(place);
        update();
    }

    private void update() {
        Iterator<Place> oldest = places.iterator();
        oldestOrder = oldest.hasNext() ? oldest.next().order : 0;
    }

    Place oldest() {
        return places.iterator().next();
    }

    /** The one with the most places first, then the one with the oldest. */
    @Override
    public int compareTo(SourcePlaces other) {
        int bySize = Integer.compare(other.places.size(), places.size());
        return bySize != 0 ? bySize : Long.compare(oldestOrder, other.oldestOrder);
    }
}
