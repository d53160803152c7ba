package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.FinishedSession;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The sessions that a server has finished and whose clients may not have heard of it: for as long as those may come back, and
 * only so many, the oldest going first. A client says that it has heard, as a rule at once, and then nothing is kept.
 * Thread-safe.
 */
final class FinishedSessions {

    /** Each costs some hundred bytes. */
    static final int MAX_SESSIONS = 4096;

    private record Entry(FinishedSession session, long untilNanos) {}

    /** In the order of their ends. */
    private final Map<ConnectionId, Entry> entries = new LinkedHashMap<>();

    synchronized void remember(FinishedSession session, long nowNanos) {
        expire(nowNanos);
        if (entries.size() == MAX_SESSIONS) {
            Iterator<?> oldest = entries.values().iterator();
            oldest.next();
            oldest.remove();
        }
        entries.put(
                session.connectionId(),
                new Entry(session, nowNanos + session.keptFor().toNanos()));
    }

    /** The one of that name, or null. */
    synchronized FinishedSession find(ConnectionId connectionId, long nowNanos) {
        Entry entry = entries.get(connectionId);
        return entry != null && nowNanos < entry.untilNanos() ? entry.session() : null;
    }

    /** Whether that name is one of theirs, or was not long ago: no other session gets it. */
    synchronized boolean isTaken(ConnectionId connectionId) {
        return entries.containsKey(connectionId);
    }

    synchronized void forget(ConnectionId connectionId) {
        entries.remove(connectionId);
    }

    synchronized int size() {
        return entries.size();
    }

    /** Most are kept for the same time, so those that are due come first. */
    private void expire(long nowNanos) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext() && nowNanos >= oldest.next().untilNanos()) {
            oldest.remove();
        }
    }
}
