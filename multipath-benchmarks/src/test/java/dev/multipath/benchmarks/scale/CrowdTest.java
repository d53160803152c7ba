package dev.multipath.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.benchmarks.stack.Transport;
import org.junit.jupiter.api.Test;

/** Few of them: that all come, and that what is measured is there. */
class CrowdTest {

    @Test
    void shouldMeasureSessionsThatDoNothing() throws Exception {
        IdleCrowd.Seen seen = IdleCrowd.watch(Transport.NIO, 20, 2, 1);
        assertThat(seen.openFiles()).isGreaterThan(40);
        assertThat(seen.heapKibEach()).isPositive();
    }

    @Test
    void shouldHoldNoMoreForReadersThatStallThanItsBudget() throws Exception {
        long budgetBytes = 8 << 20;
        StalledReaders.Seen seen = StalledReaders.stall(Transport.NIO, 20, 2, budgetBytes, 1);
        assertThat(seen.heldBytes()).isBetween(budgetBytes / 16, budgetBytes);
    }
}
