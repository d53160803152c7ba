package dev.multipath.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.benchmarks.stack.Transport;
import io.netty.channel.WriteBufferWaterMark;
import org.junit.jupiter.api.Test;

/** Few of them: that all come, and that what is measured is there. */
class CrowdTest {

    @Test
    void shouldMeasureSessionsThatDoNothing() throws Exception {
        // What another test has left behind may be collected meanwhile: 300 sessions hold far more than that.
        IdleCrowd.Seen seen = IdleCrowd.watch(Transport.NIO, 300, 2, 1);
        assertThat(seen.openFiles()).isGreaterThan(600);
        assertThat(seen.heapKibEach()).isPositive();
    }

    @Test
    void shouldHoldNoMoreForReadersThatStallThanItsBudget() throws Exception {
        int sessions = 20;
        long budgetBytes = 8 << 20;
        // Who has to go goes in a turn of its own; until then each may have taken one more buffer's worth of the
        // application's, and the write that was more than fits.
        long onTheirWayBytes = (long) sessions * (WriteBufferWaterMark.DEFAULT.high() + StalledReaders.WRITE_BYTES);
        StalledReaders.Seen seen = StalledReaders.stall(Transport.NIO, sessions, 2, budgetBytes, 1);
        assertThat(seen.heldBytes()).isBetween(budgetBytes / 16, budgetBytes + onTheirWayBytes);
    }
}
