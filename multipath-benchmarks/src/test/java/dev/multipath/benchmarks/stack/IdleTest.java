package dev.multipath.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.benchmarks.report.Metric;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** By what is reachable. A busy machine only adds to that: attempts that are under way beside those that have worked. */
class IdleTest {

    private static final int SESSIONS = 300;
    private static final int SUBFLOWS = 2;

    /** Measured: 19.8 KiB of both ends. What another test leaves behind, divided by the sessions, is the rest. */
    private static final double MAX_KIB = 20.3;

    private static final int MAX_LOOKS = 8;

    @Test
    void shouldHoldNoMoreHeapThanItDoes() throws Exception {
        Idle idle = new Idle(SESSIONS, SUBFLOWS);
        // What the first sessions of a JVM make once, and pools keep, is not theirs.
        heapKib(idle, SUBFLOWS);
        double plainKib = plainKib(idle);

        List<Double> moreKib = new ArrayList<>();
        do {
            moreKib.add(heapKib(idle, SUBFLOWS) - plainKib);
        } while (moreKib.size() < MAX_LOOKS && Collections.min(moreKib) > MAX_KIB);

        assertThat(Collections.min(moreKib)).as("each look: %s", moreKib).isBetween(1.0, MAX_KIB);
    }

    /** What another test has left behind may be collected while one looks, and would be less for each session: the middle one of three. */
    private static double plainKib(Idle idle) throws Exception {
        List<Double> looks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            looks.add(heapKib(idle, 0));
        }
        Collections.sort(looks);
        return looks.get(1);
    }

    private static double heapKib(Idle idle, int subflows) throws Exception {
        return idle.run(new Stack(Transport.NIO, subflows, false)).values().get(Metric.HEAP_KIB);
    }
}
