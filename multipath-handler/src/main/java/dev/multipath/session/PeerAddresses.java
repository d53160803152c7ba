package dev.multipath.session;

import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/** The addresses that the peer has announced. Frames overtake each other on different subflows: the newest word holds. */
final class PeerAddresses {

    /** More are not listened to: nobody has that many ways to the internet. */
    static final int MAX_ADDRESSES = 16;

    /** An address that was withdrawn stays as {@code null}, so that its announcement cannot come behind. */
    private record Word(long sequence, InetSocketAddress address) {}

    private final Map<Long, Word> words = new HashMap<>();

    /** Whether this is news. */
    boolean add(long addressId, long sequence, InetSocketAddress address) {
        Word before = words.get(addressId);
        if (before == null ? !makeRoom() : sequence <= before.sequence) {
            return false;
        }
        words.put(addressId, new Word(sequence, address));
        return before == null || !address.equals(before.address);
    }

    /** The address that is known under that name, or null. */
    InetSocketAddress get(long addressId) {
        Word word = words.get(addressId);
        return word == null ? null : word.address;
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

    /** The address that is there no more, or null if that is no news. */
    InetSocketAddress remove(long addressId, long sequence) {
        Word before = words.get(addressId);
        if (before == null ? !makeRoom() : sequence <= before.sequence) {
            return null;
        }
        words.put(addressId, new Word(sequence, null));
        return before == null ? null : before.address;
    }
}
