package dev.multipath.session.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which pieces of the stream a modelled TCP sender has put on the way, and which of them it knows to be lost (RFC 6675, RACK). */
final class TcpScoreboard {

    /** What the sender knew when a copy left, for the rate sample that it gives when it has arrived. */
    record Departure(
            long sentAtNanos,
            long deliveredBefore,
            long deliveredAtNanosBefore,
            long firstSentAtNanos,
            boolean applicationLimited) {}

    /** One packet, or burst of them, on its way; a piece of the stream may have several. */
    static final class Copy {
        final long from;
        final int bytes;
        final Departure departure;
        private final long order;
        private boolean inFlight = true;

        private Copy(long from, int bytes, Departure departure, long order) {
            this.from = from;
            this.bytes = bytes;
            this.departure = departure;
            this.order = order;
        }
    }

    /** A piece of the stream that is not acknowledged. */
    private static final class Piece {
        private int bytes;
        private Copy newest;

        Piece(int bytes) {
            this.bytes = bytes;
        }
    }

    private final TreeMap<Long, Piece> unacknowledged = new TreeMap<>();
    private final TreeMap<Long, Piece> lost = new TreeMap<>();

    /** In the order of their sending. */
    private final ArrayDeque<Copy> onTheWay = new ArrayDeque<>();

    private long nextOffset;
    private long inFlightBytes;
    private long nextOrder;
    private long lossRespondedBefore;
    private long everLostBytes;

    // ---- what it knows

    /** Behind all that has ever left. */
    long nextOffset() {
        return nextOffset;
    }

    long inFlightBytes() {
        return inFlightBytes;
    }

    boolean isAllAcknowledged() {
        return unacknowledged.isEmpty();
    }

    long firstUnacknowledged() {
        return unacknowledged.isEmpty() ? nextOffset : unacknowledged.firstKey();
    }

    boolean hasLost() {
        return !lost.isEmpty();
    }

    int firstLostBytes() {
        return lost.firstEntry().getValue().bytes;
    }

    long lostBytes() {
        long bytes = 0;
        for (Piece piece : lost.values()) {
            bytes += piece.bytes;
        }
        return bytes;
    }

    /** Each time that something was. */
    long everLostBytes() {
        return everLostBytes;
    }

    boolean hasOneOnTheWay() {
        return onTheWay.size() == 1;
    }

    int lastUnacknowledgedBytes() {
        return unacknowledged.lastEntry().getValue().bytes;
    }

    // ---- what leaves

    /** So many of the bytes that follow leave for the first time. */
    Copy putNew(int bytes, Departure departure) {
        long from = nextOffset;
        unacknowledged.put(from, new Piece(bytes));
        nextOffset = from + bytes;
        return put(from, departure);
    }

    /** So many bytes of the first piece that is lost leave once more; the rest of it stays lost. */
    Copy putLost(int bytes, Departure departure) {
        long from = lost.firstKey();
        Piece piece = lost.remove(from);
        if (bytes < piece.bytes) {
            Piece rest = new Piece(piece.bytes - bytes);
            piece.bytes = bytes;
            unacknowledged.put(from + bytes, rest);
            lost.put(from + bytes, rest);
        }
        return put(from, departure);
    }

    /** The last piece leaves once more, and what is on the way of it counts no longer. */
    Copy putLast(Departure departure) {
        long from = unacknowledged.lastKey();
        settle(unacknowledged.get(from).newest);
        return put(from, departure);
    }

    private Copy put(long from, Departure departure) {
        Piece piece = unacknowledged.get(from);
        Copy copy = new Copy(from, piece.bytes, departure, nextOrder++);
        piece.newest = copy;
        onTheWay.add(copy);
        inFlightBytes += copy.bytes;
        return copy;
    }

    // ---- what has arrived

    /** This copy has arrived. Returns how many of its bytes were not known to have. */
    int onArrived(Copy copy) {
        int bytes = acknowledge(copy.from, copy.from + copy.bytes);
        settle(copy);
        return bytes;
    }

    /** All before has arrived. Returns how many bytes of it were not known to have. */
    int onArrivedBefore(long offset) {
        int bytes = 0;
        while (!unacknowledged.isEmpty() && unacknowledged.firstKey() < offset) {
            bytes += acknowledge(unacknowledged.firstKey(), offset);
        }
        return bytes;
    }

    private int acknowledge(long from, long to) {
        int bytes = 0;
        List<Long> done = new ArrayList<>(2);
        for (Map.Entry<Long, Piece> entry : unacknowledged.subMap(from, to).entrySet()) {
            Piece piece = entry.getValue();
            if (entry.getKey() + piece.bytes <= to) {
                bytes += piece.bytes;
                settle(piece.newest);
                done.add(entry.getKey());
            }
        }
        done.forEach(unacknowledged::remove);
        done.forEach(lost::remove);
        return bytes;
    }

    private void settle(Copy copy) {
        if (copy != null && copy.inFlight) {
            copy.inFlight = false;
            inFlightBytes -= copy.bytes;
        }
    }

    // ---- what is lost

    /** Links do not reorder: what was sent before and has not arrived never will. Returns whether that is news. */
    boolean findLosses(Copy newest) {
        boolean news = false;
        while (!onTheWay.isEmpty() && onTheWay.peek().order <= newest.order) {
            Copy copy = onTheWay.poll();
            if (copy.inFlight) {
                settle(copy);
                news |= onLost(copy);
            }
        }
        return news;
    }

    private boolean onLost(Copy copy) {
        Piece piece = unacknowledged.get(copy.from);
        if (piece == null || piece.newest != copy) {
            return false;
        }
        lost.put(copy.from, piece);
        everLostBytes += piece.bytes;
        if (copy.order >= lossRespondedBefore) {
            lossRespondedBefore = nextOrder;
            return true;
        }
        return false;
    }

    /** A time-out: all that is on the way is given up. */
    void loseAll() {
        everLostBytes += inFlightBytes;
        onTheWay.forEach(this::settle);
        onTheWay.clear();
        lost.clear();
        lost.putAll(unacknowledged);
        lossRespondedBefore = nextOrder;
    }
}
