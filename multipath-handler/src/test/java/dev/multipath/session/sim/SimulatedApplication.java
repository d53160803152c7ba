package dev.multipath.session.sim;

import dev.multipath.session.MultipathSession;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** The application at one end: writes its stream, reads and checks the other's. */
final class SimulatedApplication {

    /** It pauses for its interval at most, then reads for as long at most. */
    private static final long MIN_PAUSE_NANOS = 1_000_000;

    /** Who thinks for hours writes the rest at once when it is time to end. */
    private static final long MAX_SETTLED_THINK_NANOS = 1_000_000_000;

    private final Traffic traffic;
    private final long expectedBytes;
    private final ByteStream outgoing;
    private final ByteStream incoming;
    private final CountingAllocator allocator;
    private final EventQueue clock;
    private final SplittableRandom random;
    private Runnable wakeUp;

    private long writtenBytes;
    private long largestWriteBytes;
    private long mayWriteAtNanos;
    private long readBytes;
    private long readAllowanceBytes = Long.MAX_VALUE;
    private boolean paused;
    private boolean settled;

    /**
     * Creates an application that does nothing yet.
     *
     * @param expectedBytes how much the other end writes
     */
    SimulatedApplication(
            Traffic traffic,
            long expectedBytes,
            ByteStream outgoing,
            ByteStream incoming,
            CountingAllocator allocator,
            EventQueue clock,
            SplittableRandom random) {
        this.traffic = traffic;
        this.expectedBytes = expectedBytes;
        this.outgoing = outgoing;
        this.incoming = incoming;
        this.allocator = allocator;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Begins to keep its own times.
     *
     * @param newWakeUp is called when there may be something to read or write for no other reason than time
     */
    void start(Runnable newWakeUp) {
        wakeUp = newWakeUp;
        switch (traffic.reading()) {
            case EAGER -> {
                // Nothing to prepare.
            }
            case SLOW -> {
                readAllowanceBytes = 0;
                grant();
            }
            case PAUSING -> togglePause();
        }
    }

    private void grant() {
        readAllowanceBytes = Math.min(readAllowanceBytes, 0) + traffic.quantumBytes();
        tickUntilAllIsRead(traffic.intervalNanos(), this::grant);
    }

    private void togglePause() {
        paused = !paused;
        tickUntilAllIsRead(MIN_PAUSE_NANOS + random.nextLong(Math.max(1, traffic.intervalNanos())), this::togglePause);
    }

    /** From now on it reads all that comes, at once, and does not think for long. */
    void settle() {
        settled = true;
        paused = false;
        readAllowanceBytes = Long.MAX_VALUE;
        long latestWriteAtNanos = clock.nowNanos() + MAX_SETTLED_THINK_NANOS;
        if (mayWriteAtNanos > latestWriteAtNanos) {
            mayWriteAtNanos = latestWriteAtNanos;
            clock.at(latestWriteAtNanos, wakeUp);
        }
        wakeUp.run();
    }

    private void tickUntilAllIsRead(long delayNanos, Runnable action) {
        clock.after(delayNanos, () -> {
            if (settled) {
                return;
            }
            if (readBytes < expectedBytes) {
                action.run();
                wakeUp.run();
            } else {
                paused = false;
            }
        });
    }

    // ---- writing

    /** Writes what it can now; says whether it has written. */
    boolean write(MultipathSession session) {
        if (clock.nowNanos() < mayWriteAtNanos) {
            return false;
        }
        int writes = 0;
        while (writes < traffic.writesInARow() && mayWriteBytes() > 0 && session.sendCapacityBytes() > 0) {
            int range = traffic.maxWriteBytes() - traffic.minWriteBytes();
            // The square makes small writes frequent, large ones possible.
            double share = random.nextDouble();
            long bytes = Math.min(traffic.minWriteBytes() + (long) (range * share * share), mayWriteBytes());
            session.send(outgoing.piece(allocator, writtenBytes, (int) bytes));
            writtenBytes += bytes;
            largestWriteBytes = Math.max(largestWriteBytes, bytes);
            writes++;
        }
        if (writes > 0) {
            long thinkNanos = thinkNanos();
            mayWriteAtNanos = clock.nowNanos() + thinkNanos;
            if (thinkNanos > 0 || session.sendCapacityBytes() > 0) {
                clock.after(thinkNanos, wakeUp);
            }
        }
        return writes > 0;
    }

    private long thinkNanos() {
        long thinkNanos = traffic.thinkNanos() == 0 ? 0 : random.nextLong(traffic.thinkNanos());
        return settled ? Math.min(thinkNanos, MAX_SETTLED_THINK_NANOS) : thinkNanos;
    }

    private long mayWriteBytes() {
        long limit = traffic.echo() ? Math.min(readBytes, traffic.totalBytes()) : traffic.totalBytes();
        return limit - writtenBytes;
    }

    // ---- reading

    /** Whether it would take received bytes now. */
    boolean isWilling(long sendCapacityBytes) {
        boolean mayReadByTraffic = !traffic.echo() || (mayWriteBytes() <= 0 && sendCapacityBytes > 0);
        return !paused && mayReadByTraffic;
    }

    /** Reads what it may from the source, which gives null when it has nothing. */
    void read(Supplier<ByteBuf> source, long sendCapacityBytes) {
        while (isWilling(sendCapacityBytes) && readAllowanceBytes > 0) {
            ByteBuf bytes = source.get();
            if (bytes == null) {
                return;
            }
            accept(bytes);
        }
    }

    private void accept(ByteBuf bytes) {
        try {
            int count = bytes.readableBytes();
            Simulation.check(count > 0, "an empty buffer was delivered");
            Simulation.check(readBytes + count <= expectedBytes, "more was delivered than sent");
            Simulation.check(incoming.matches(readBytes, bytes), "wrong bytes at position %d", readBytes);
            readBytes += count;
            readAllowanceBytes -= traffic.reading() == Traffic.Reading.SLOW ? count : 0;
        } finally {
            bytes.release();
        }
    }

    long writtenBytes() {
        return writtenBytes;
    }

    long readBytes() {
        return readBytes;
    }

    long largestWriteBytes() {
        return largestWriteBytes;
    }

    boolean hasWrittenAll() {
        return writtenBytes == traffic.totalBytes();
    }

    /** Whether everything is written and everything read. */
    boolean isDone() {
        return hasWrittenAll() && readBytes == expectedBytes;
    }
}
