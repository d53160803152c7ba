package dev.multipath.session;

import dev.multipath.session.SentFrame.Transmission;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Copies in the order of their sending, as a queue. Its places are not cleared, as the copies are used again with their frames: who
 * sends one at a time finds the same one where it was the last time, and what is not written is no work for the garbage collector.
 * Of thousands of sessions that is a part of what a request costs.
 */
final class OutstandingCopies implements Iterable<Transmission> {

    private static final Transmission[] NONE = {};

    private static final int INITIAL_PLACES = 2;

    /** Of a length that is a power of two, or none. */
    private Transmission[] places = NONE;

    private int first;
    private int size;

    void add(Transmission copy) {
        if (size == places.length) {
            grow();
        }
        first = size == 0 ? 0 : first;
        int place = place(size);
        if (places[place] != copy) {
            places[place] = copy;
        }
        size++;
    }

    /** The oldest, or null. */
    Transmission peek() {
        return size == 0 ? null : places[first];
    }

    /** The oldest, which goes; only if there is one. */
    Transmission poll() {
        Transmission oldest = places[first];
        first = place(1);
        size--;
        return oldest;
    }

    int size() {
        return size;
    }

    /** By age, the oldest is 0. */
    Transmission get(int index) {
        return places[place(index)];
    }

    /** From the oldest on. */
    @Override
    public Iterator<Transmission> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < size;
            }

            @Override
            public Transmission next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return get(next++);
            }
        };
    }

    private int place(int index) {
        return (first + index) & (places.length - 1);
    }

    private void grow() {
        Transmission[] grown = new Transmission[Math.max(INITIAL_PLACES, 2 * places.length)];
        for (int i = 0; i < size; i++) {
            grown[i] = get(i);
        }
        places = grown;
        first = 0;
    }
}
