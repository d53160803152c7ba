package dev.multipath.examples.demo;

import dev.multipath.examples.emulator.PathEmulator;
import java.time.Duration;

/** Blackholes a path once so much has arrived, and restores it some time later. */
final class Fault {
    private final PathEmulator path;
    private final long beginAtBytes;
    private final long lastsNanos;
    private final Progress progress;
    private State state = State.AHEAD;
    private long begunNanos;

    private enum State {
        AHEAD,
        ON,
        OVER
    }

    Fault(PathEmulator path, long beginAtBytes, Duration lasts, Progress progress) {
        this.path = path;
        this.beginAtBytes = beginAtBytes;
        this.lastsNanos = lasts.toNanos();
        this.progress = progress;
    }

    void tick(long receivedBytes) {
        if (state == State.AHEAD && receivedBytes >= beginAtBytes) {
            path.blackhole();
            begunNanos = System.nanoTime();
            state = State.ON;
            progress.note(path.label() + " blackholed");
        } else if (state == State.ON && System.nanoTime() - begunNanos >= lastsNanos) {
            end();
        }
    }

    /** Ends the fault if it has begun; it will not begin any more. */
    void end() {
        if (state == State.ON) {
            path.restore();
            progress.note(path.label() + " restored");
        }
        state = State.OVER;
    }
}
