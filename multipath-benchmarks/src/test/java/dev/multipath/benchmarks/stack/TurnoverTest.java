package dev.multipath.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TurnoverTest {

    @Test
    void shouldLookAtTheHeapBeforeAndBetween() throws Exception {
        List<Long> heapBytes = new Turnover(40, 2).run(new Stack(Transport.NIO, 2, false));
        assertThat(heapBytes).hasSize(3).allMatch(bytes -> bytes > 0);
    }
}
