package dev.multipath.session;

import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.GoingAwayFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.RemoveAddressFrame;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the peer has to be told once, on whatever subflow lives: addresses, states and ends of paths, and that this end is
 * going away. Kept after the
 * sending, because it is sent again when the subflow that carried it fails. A newer one about the same thing replaces the
 * older.
 */
final class Announcements {

    /** The oldest is forgotten beyond this: 16 addresses and the ends of the latest paths. */
    private static final int MAX_KEPT = 64;

    /** What an announcement is about. Where there is no room for all, the first of these is forgotten first. */
    private enum Topic {
        /** The peer finds that out by itself too. */
        PATH_CLOSE,
        /** The peer keeps no more than sixteen. */
        ADDRESS,
        /** There are no more than subflows, and nothing else would ever tell the peer. */
        PATH_STATUS,
        /** There is one. */
        GOING_AWAY
    }

    private record Key(Topic topic, long id) {}

    private static final Key GOING_AWAY = new Key(Topic.GOING_AWAY, 0);

    private static final class Entry {
        final Frame frame;

        /** Of which the peer has to know first; {@code null} if it need not know any. */
        final SubflowControl about;

        SubflowControl carrier;

        Entry(Frame frame, SubflowControl about) {
            this.frame = frame;
            this.about = about;
        }

        boolean isReady() {
            return carrier == null && (about == null || about.handshake().state == Handshake.State.DONE);
        }
    }

    private final HelloExchange hellos;
    /** Made when there is something to announce. */
    private Map<Key, Entry> entries = Collections.emptyMap();

    private int waiting;
    private long nextSequence = 1;

    Announcements(HelloExchange hellos) {
        this.hellos = hellos;
    }

    /**
     * Says of a subflow that goes on whether it is a backup. Its peer has to have let it in, which its HELLO shows: on
     * another subflow the news could overtake the proof, and nobody heeds what is said of a path that is not there.
     */
    void backup(SubflowControl subflow, boolean backup) {
        PathStatusFrame frame = new PathStatusFrame(nextSequence++, subflow.pathId(), backup);
        put(new Key(Topic.PATH_STATUS, subflow.pathId()), new Entry(frame, subflow));
    }

    void closed(long pathId, long code, String reason) {
        put(Topic.PATH_CLOSE, pathId, new PathCloseFrame(pathId, code, reason));
    }

    void addAddress(long addressId, InetSocketAddress address) {
        if (hellos.peerListensTo(HelloFrame.ADDRESSES)) {
            put(Topic.ADDRESS, addressId, new AddAddressFrame(nextSequence++, addressId, address));
        }
    }

    void removeAddress(long addressId) {
        if (hellos.peerListensTo(HelloFrame.ADDRESSES)) {
            put(Topic.ADDRESS, addressId, new RemoveAddressFrame(nextSequence++, addressId));
        }
    }

    /** Said once. */
    void goingAway() {
        if (hellos.peerListensTo(HelloFrame.GOING_AWAY) && !entries.containsKey(GOING_AWAY)) {
            put(GOING_AWAY, new Entry(new GoingAwayFrame(), null));
        }
    }

    private void put(Topic topic, long id, Frame frame) {
        put(new Key(topic, id), new Entry(frame, null));
    }

    private void put(Key key, Entry entry) {
        remove(key);
        if (entries.isEmpty()) {
            entries = new LinkedHashMap<>();
        }
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

    /** The peer has said what it listens to. */
    void onPeerKnown() {
        forgetUnless(HelloFrame.ADDRESSES, Topic.ADDRESS);
        forgetUnless(HelloFrame.GOING_AWAY, Topic.GOING_AWAY);
    }

    private void forgetUnless(long feature, Topic topic) {
        if (!hellos.peerListensTo(feature)) {
            List.copyOf(entries.keySet()).stream()
                    .filter(key -> key.topic == topic)
                    .forEach(this::remove);
        }
    }

    private void remove(Key key) {
        Entry removed = entries.remove(key);
        if (removed != null && removed.carrier == null) {
            waiting--;
        }
    }

    /** Gives this subflow all that wait for nothing but a subflow; not before the peer was heard of. */
    void sendOn(SubflowControl subflow) {
        if (waiting == 0 || !hellos.isPeerKnown()) {
            return;
        }
        for (Entry entry : entries.values()) {
            if (entry.isReady()) {
                entry.carrier = subflow;
                subflow.outbox().add(entry.frame);
                waiting--;
            }
        }
    }

    /** What this subflow carried may be lost. What was said of it alone is of no interest any more. */
    void onSubflowFailed(SubflowControl subflow) {
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
