package dev.multipath.session.sim;

import java.util.Map;
import java.util.TreeMap;

/** What a TCP receiver has: bytes in order, and pieces ahead of them. */
final class ReceivedRanges {

    private long inOrderBytes;
    private final TreeMap<Long, Integer> ahead = new TreeMap<>();

    void add(long from, int bytes) {
        if (from + bytes <= inOrderBytes) {
            return;
        }
        ahead.merge(from, bytes, Math::max);
        while (!ahead.isEmpty() && ahead.firstKey() <= inOrderBytes) {
            Map.Entry<Long, Integer> next = ahead.pollFirstEntry();
            inOrderBytes = Math.max(inOrderBytes, next.getKey() + next.getValue());
        }
    }

    long inOrderBytes() {
        return inOrderBytes;
    }
}
