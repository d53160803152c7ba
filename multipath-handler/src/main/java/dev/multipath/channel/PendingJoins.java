package dev.multipath.channel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The connections that have come to a session and have yet to prove that they belong to it, in the order of their coming:
 * subflows that are asked for their proof, and those that wait until it is decided whether that is asked for at all. On the
 * session's event loop.
 *
 * <p>When there are as many as there may be, the oldest goes for the next: who has proved nothing never keeps others
 * from proving themselves.
 */
final class PendingJoins {

    /** Each costs some hundred bytes, and takes its part in every timer of the session. */
    static final int MAX = 16;

    /** With the subflow that it has become; null while it waits. Made when there is one: mostly nobody waits. */
    private Map<Arrival, SubflowLink> joins = Map.of();

    boolean isEmpty() {
        return joins.isEmpty();
    }

    /** Who has to go before another one comes, or null: of the source that has the most, the oldest. */
    Arrival surplus() {
        if (joins.size() < MAX) {
            return null;
        }
        Map<Object, Integer> counts = new HashMap<>();
        int most = 0;
        for (Arrival join : joins.keySet()) {
            most = Math.max(most, counts.merge(join.place().source(), 1, Integer::sum));
        }
        for (Arrival join : joins.keySet()) {
            if (counts.get(join.place().source()) == most) {
                return join;
            }
        }
        throw new AssertionError("nobody has the most");
    }

    void add(Arrival join, SubflowLink link) {
        if (joins.isEmpty()) {
            joins = new LinkedHashMap<>();
        }
        joins.put(join, link);
    }

    boolean contains(Arrival join) {
        return joins.containsKey(join);
    }

    /** Returns the subflow that it has become, or null. */
    SubflowLink remove(Arrival join) {
        if (!joins.containsKey(join)) {
            return null;
        }
        SubflowLink link = joins.remove(join);
        if (joins.isEmpty()) {
            joins = Map.of();
        }
        return link;
    }

    /** Returns which one that subflow was, or null if it is none of them. */
    Arrival remove(SubflowLink link) {
        for (Map.Entry<Arrival, SubflowLink> join : joins.entrySet()) {
            if (join.getValue() == link) {
                Arrival found = join.getKey();
                remove(found);
                return found;
            }
        }
        return null;
    }

    /** Takes out those that wait. */
    List<Arrival> takeWaiting() {
        List<Arrival> waiting = new ArrayList<>();
        joins.forEach((join, link) -> {
            if (link == null) {
                waiting.add(join);
            }
        });
        waiting.forEach(this::remove);
        return waiting;
    }

    /** Takes all out; those that wait are passed on. */
    void clear(Consumer<Arrival> onWaiting) {
        takeWaiting().forEach(onWaiting);
        joins = Map.of();
    }
}
