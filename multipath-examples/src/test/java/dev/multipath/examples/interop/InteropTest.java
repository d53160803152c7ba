package dev.multipath.examples.interop;

import static java.util.concurrent.TimeUnit.MINUTES;

import dev.multipath.examples.interop.InteropCase.Disturbance;
import dev.multipath.testing.Depth;
import dev.multipath.testing.OneIn;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The matrix: this implementation and the unmodified Go library, each in both roles. */
@RequiresGo
@Timeout(value = 5, unit = MINUTES) // five attempts of up to a minute
class InteropTest {

    private static final int[] PATHS = {1, 2, 4};
    private static final int[] WRITE_BYTES = {64, 1400, 64 << 10};
    private static final List<Job> CLIENT_JOBS = List.of(Job.SOURCE, Job.SINK, Job.ECHO_CLIENT);

    private static final long BULK_BYTES = Depth.of(16, 64) << 20;
    /**
     * The most frames of a bulk from the Go peer. It sends one frame a write, and 6,000 to 8,000 frames a second whatever
     * their size, since it sleeps 100 ms whenever 500 are not acknowledged: 64 MiB in 64-byte writes would take it three
     * minutes. These take it about two seconds and a half at the most.
     */
    private static final long GO_BULK_FRAMES = Depth.of(4, 16) << 10;
    /** An echo is about latency and both directions at once; 1,000 frames of any size show it. */
    private static final int ECHO_FRAMES = 1_000;

    @OneIn(3)
    @ParameterizedTest
    @MethodSource
    void shouldTransferWithGo(final InteropCase test, final InteropRun run) throws Exception {
        run.run(test);
    }

    static List<InteropCase> shouldTransferWithGo() {
        final List<InteropCase> cases = new ArrayList<>();
        for (final End goEnd : End.values()) {
            for (final Job clientJob : CLIENT_JOBS) {
                for (final int paths : PATHS) {
                    for (final int writeBytes : WRITE_BYTES) {
                        cases.add(testCase(goEnd, clientJob, paths, writeBytes, Disturbance.NONE));
                    }
                }
            }
        }
        return cases;
    }

    @OneIn(2)
    @ParameterizedTest
    @MethodSource
    void shouldGoOnWithGoWhenAPathIsKilledInTheMiddle(final InteropCase test, final InteropRun run) throws Exception {
        run.run(test);
    }

    static List<InteropCase> shouldGoOnWithGoWhenAPathIsKilledInTheMiddle() {
        final List<InteropCase> cases = new ArrayList<>();
        for (final End goEnd : End.values()) {
            for (final Job clientJob : CLIENT_JOBS) {
                cases.add(testCase(goEnd, clientJob, 2, 64 << 10, Disturbance.KILL_BUSIEST_PATH));
                cases.add(testCase(goEnd, clientJob, 4, 1400, Disturbance.KILL_BUSIEST_PATH));
            }
        }
        return cases;
    }

    @OneIn(2)
    @ParameterizedTest
    @MethodSource
    void shouldTransferWithGoWhenFreeControlsAreAroundEveryFrame(final InteropCase test, final InteropRun run)
            throws Exception {
        run.run(test);
    }

    static List<InteropCase> shouldTransferWithGoWhenFreeControlsAreAroundEveryFrame() {
        final List<InteropCase> cases = new ArrayList<>();
        for (final End goEnd : End.values()) {
            for (final Job clientJob : CLIENT_JOBS) {
                cases.add(testCase(goEnd, clientJob, 2, 64 << 10, Disturbance.FREE_CONTROLS));
            }
        }
        return cases;
    }

    private static InteropCase testCase(
            final End goEnd,
            final Job clientJob,
            final int paths,
            final int writeBytes,
            final Disturbance disturbance) {
        final boolean echo = clientJob == Job.ECHO_CLIENT;
        final boolean goSends = clientJob == (goEnd == End.CLIENT ? Job.SOURCE : Job.SINK);
        final long bytes = echo
                ? (long) ECHO_FRAMES * writeBytes
                : goSends ? Math.min(BULK_BYTES, GO_BULK_FRAMES * writeBytes) : BULK_BYTES;
        return new InteropCase(goEnd, clientJob, paths, writeBytes, bytes, disturbance);
    }
}
