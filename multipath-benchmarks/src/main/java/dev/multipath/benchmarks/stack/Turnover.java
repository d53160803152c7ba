package dev.multipath.benchmarks.stack;

import io.netty.channel.WriteBufferWaterMark;
import java.util.ArrayList;
import java.util.List;

/**
 * Very many sessions one after the other, each opened, used for a byte and closed: what they leave behind.
 *
 * @param sessions how many
 * @param looks how often the heap is looked at: after each so manieth part of them
 */
public record Turnover(int sessions, int looks) {

    /**
     * Measures once.
     *
     * @param stack what is between
     * @return bytes that are reachable at each look, the first before any session
     * @throws Exception if it cannot be set up, or a session fails
     */
    public List<Long> run(Stack stack) throws Exception {
        try (Ends ends = new Ends(stack, WriteBufferWaterMark.DEFAULT, Churn.Answer::new)) {
            List<Long> heapBytes = new ArrayList<>();
            heapBytes.add(Heap.usedBytes());
            for (int look = 1; look <= looks; look++) {
                for (int i = 0; i < sessions / looks; i++) {
                    Churn.exchange(ends, stack);
                }
                heapBytes.add(Heap.usedBytes());
            }
            return heapBytes;
        }
    }
}
