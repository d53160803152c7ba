package dev.multipath.channel;

import dev.multipath.codec.DataFrame;
import dev.multipath.codec.MultipathMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What is on its way between a session and a subflow that live on different event loops. */
final class LoopCrossing {

    /** Inbound frames that may wait for the session's loop before the subflow is no longer read. */
    private static final int MAX_WAITING_FRAMES = 256;

    /** The same in bytes: a few reads. */
    private static final int MAX_WAITING_BYTES = 1 << 20;

    // on the session's loop
    private List<MultipathMessage> outbound = new ArrayList<>();

    /** Crossed inbound frames that the session has not taken yet. */
    private final AtomicInteger waitingFrames = new AtomicInteger();

    private final AtomicInteger waitingBytes = new AtomicInteger();

    // ---- outbound, on the session's loop

    /** Leaves with the next batch. */
    void add(MultipathMessage message) {
        outbound.add(message);
    }

    /** The batch that leaves now. */
    List<MultipathMessage> takeOutbound() {
        List<MultipathMessage> batch = outbound;
        outbound = new ArrayList<>(batch.size());
        return batch;
    }

    // ---- inbound, any of the two

    void onSent(int frames, int bytes) {
        waitingFrames.addAndGet(frames);
        waitingBytes.addAndGet(bytes);
    }

    void onTaken(int frames, int bytes) {
        onSent(-frames, -bytes);
    }

    /** Whether so much waits for the session that the subflow is not to be read. */
    boolean isPiledUp() {
        return waitingFrames.get() > MAX_WAITING_FRAMES || waitingBytes.get() > MAX_WAITING_BYTES;
    }

    int waitingBytes() {
        return waitingBytes.get();
    }

    static int payloadBytes(List<MultipathMessage> batch) {
        int bytes = 0;
        for (MultipathMessage message : batch) {
            if (message instanceof DataFrame data) {
                bytes += data.payload().readableBytes();
            }
        }
        return bytes;
    }
}
