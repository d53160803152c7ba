package dev.multipath.session;

import dev.multipath.codec.Frame;
import dev.multipath.codec.PathStatusFrame;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the peer has to be told once, on whatever subflow lives: addresses, states and ends of paths. Kept after the
 * sending, because it is sent again when the subflow that carried it fails. A newer one about the same thing replaces the
 * older.
 */
final class Announcements {

    /** The oldest is forgotten beyond this: 16 addresses and the ends of the latest paths. */
    private static final int MAX_KEPT = 64;

    /** What an announcement is about. Where there is no room for all, the first of these is forgotten first. */
    enum Topic {
        /** The peer finds that out by itself too. */
        PATH_CLOSE,
        /** The peer keeps no more than sixteen. */
        ADDRESS,
        /** There are no more than subflows, and nothing else would ever tell the peer. */
        PATH_STATUS
    }

    private record Key(Topic topic, long id) {}

    private static final class Entry {
        final Frame frame;

        /** Of which the peer has to know first; {@code null} if it need not know any. */
        final Subflow about;

        Subflow carrier;

        Entry(Frame frame, Subflow about) {
            this.frame = frame;
            this.about = about;
        }

        boolean isReady() {
            return carrier == null && (about == null || about.handshake().state == Handshake.State.DONE);
        }
    }

    private final Map<Key, Entry> entries = new LinkedHashMap<>();
    private int waiting;

    void put(Topic topic, long id, Frame frame) {
        put(new Key(topic, id), new Entry(frame, null));
    }

    /**
     * Says something of a subflow that goes on. Its peer has to have let it in, which its HELLO shows: on another subflow
     * the news could overtake the proof, and nobody heeds what is said of a path that is not there.
     */
    void putStatus(Subflow subflow, PathStatusFrame frame) {
        put(new Key(Topic.PATH_STATUS, subflow.pathId()), new Entry(frame, subflow));
    }

    private void put(Key key, Entry entry) {
        remove(key);
        if (entries.size() == MAX_KEPT) {
            forgetOldest();
        }
        entries.put(key, entry);
        waiting++;
    }

    private void forgetOldest() {
        // Of several that are equal, the minimum is the one put first.
        remove(Collections.min(entries.keySet(), Comparator.comparing(Key::topic)));
    }

    void forgetAddresses() {
        List.copyOf(entries.keySet()).stream()
                .filter(key -> key.topic == Topic.ADDRESS)
                .forEach(this::remove);
    }

    private void remove(Key key) {
        Entry removed = entries.remove(key);
        if (removed != null && removed.carrier == null) {
            waiting--;
        }
    }

    boolean isAnyWaiting() {
        return waiting > 0;
    }

    /** Gives this subflow all that wait for nothing but a subflow. */
    void sendOn(Subflow subflow) {
        for (Entry entry : entries.values()) {
            if (entry.isReady()) {
                entry.carrier = subflow;
                subflow.outbox().add(entry.frame);
                waiting--;
            }
        }
    }

    /** What this subflow carried may be lost. What was said of it alone is of no interest any more. */
    void onSubflowFailed(Subflow subflow) {
        for (Iterator<Map.Entry<Key, Entry>> all = entries.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Key, Entry> next = all.next();
            if (next.getKey().topic == Topic.PATH_STATUS && next.getKey().id == subflow.pathId()) {
                waiting -= next.getValue().carrier == null ? 1 : 0;
                all.remove();
            } else if (next.getValue().carrier == subflow) {
                next.getValue().carrier = null;
                waiting++;
            }
        }
    }
}
