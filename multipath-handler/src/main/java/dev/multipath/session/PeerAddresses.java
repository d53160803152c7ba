package dev.multipath.session;

import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The addresses that the peer has announced. Frames overtake each other on different subflows: the newest word holds. */
final class PeerAddresses {

    /** More are not listened to: nobody has that many ways to the internet. */
    static final int MAX_ADDRESSES = 16;

    /** An address that was withdrawn stays as {@code null}, so that its announcement cannot come behind. */
    private record Word(long sequence, InetSocketAddress address) {}

    /** Made when the peer announces something. */
    private Map<Long, Word> words = Map.of();

    /**
     * The peer has something to say about an address id.
     *
     * @param address where it can be reached, or {@code null} if no longer there
     * @param added is called with an address under which it could not be reached before
     * @param removed is called with one under which it no longer can; ids may share an address for a while
     */
    void onWord(
            long addressId,
            long sequence,
            InetSocketAddress address,
            Consumer<InetSocketAddress> added,
            Consumer<InetSocketAddress> removed) {
        Word before = words.get(addressId);
        if (before == null ? !makeRoom() : sequence <= before.sequence) {
            return;
        }
        if (words.isEmpty()) {
            words = new HashMap<>();
        }
        boolean isNew = address != null && !contains(address);
        words.put(addressId, new Word(sequence, address));
        if (before != null && before.address != null && !contains(before.address)) {
            removed.accept(before.address);
        }
        if (isNew) {
            added.accept(address);
        }
    }

    /** Forgets the oldest withdrawal if there is no other room: a peer may use new names for ever. */
    private boolean makeRoom() {
        if (words.size() < MAX_ADDRESSES) {
            return true;
        }
        return words.entrySet().stream()
                .filter(entry -> entry.getValue().address == null)
                .min(Comparator.comparingLong(entry -> entry.getValue().sequence))
                .map(oldest -> words.remove(oldest.getKey()) != null)
                .orElse(false);
    }

    private boolean contains(InetSocketAddress address) {
        return words.values().stream().anyMatch(word -> address.equals(word.address));
    }
}
