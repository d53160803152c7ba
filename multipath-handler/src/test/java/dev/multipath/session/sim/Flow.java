package dev.multipath.session.sim;

import java.util.function.LongConsumer;

/** One end's application: how much it wants to write, and what it has read. What reads it may make it want to write more. */
final class Flow {

    private final LongConsumer onRead;
    private Runnable wakeUp = () -> {};
    private long wantedBytes;
    private long writtenBytes;
    private long readBytes;

    /**
     * Makes one that wants nothing yet.
     *
     * @param onRead is told how many bytes were read in all
     */
    Flow(LongConsumer onRead) {
        this.onRead = onRead;
    }

    void onWanted(Runnable action) {
        wakeUp = action;
    }

    void want(long bytes) {
        wantedBytes += bytes;
        wakeUp.run();
    }

    /** Wants nothing beyond what is written. */
    void stop() {
        wantedBytes = writtenBytes;
    }

    long unwrittenBytes() {
        return wantedBytes - writtenBytes;
    }

    long writtenBytes() {
        return writtenBytes;
    }

    long readBytes() {
        return readBytes;
    }

    void written(long bytes) {
        writtenBytes += bytes;
    }

    void read(long bytes) {
        readBytes += bytes;
        onRead.accept(readBytes);
    }
}
