package dev.multipath.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.benchmarks.report.Metric;
import org.junit.jupiter.api.Test;

/** By what is reachable, which no load disturbs. */
class IdleTest {

    private static final int SESSIONS = 300;
    private static final int SUBFLOWS = 2;

    /** Measured: 19.1 KiB of both ends, the same each time. What another test leaves behind, divided by the sessions, is the rest. */
    private static final double MAX_KIB = 21;

    @Test
    void shouldHoldNoMoreHeapThanItDoes() throws Exception {
        Idle idle = new Idle(SESSIONS, SUBFLOWS);
        // What the first sessions of a JVM make once, and pools keep, is not theirs.
        heapKib(idle, SUBFLOWS);
        double plainKib = heapKib(idle, 0);

        double sessionKib = heapKib(idle, SUBFLOWS);

        assertThat(sessionKib - plainKib).isBetween(1.0, MAX_KIB);
    }

    private static double heapKib(Idle idle, int subflows) throws Exception {
        return idle.run(new Stack(Transport.NIO, subflows, false)).values().get(Metric.HEAP_KIB);
    }
}
