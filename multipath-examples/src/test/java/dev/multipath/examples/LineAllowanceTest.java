package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LineAllowanceTest {

    private static int lines(LineAllowance allowance, int events, long nowNanos) {
        int lines = 0;
        for (int i = 0; i < events; i++) {
            lines += allowance.take(nowNanos) ? 1 : 0;
        }
        return lines;
    }

    @Test
    void shouldTellAFewAtOnceAndSomeASecond() {
        // The clock may begin anywhere.
        long nowNanos = Long.MAX_VALUE - 1000;
        LineAllowance allowance = new LineAllowance(nowNanos);
        assertThat(lines(allowance, 1000, nowNanos)).isEqualTo(LineAllowance.BURST_LINES);
        assertThat(allowance.takeUntold()).isEqualTo(1000 - LineAllowance.BURST_LINES);
        assertThat(allowance.takeUntold()).isZero();
        assertThat(lines(allowance, 1000, nowNanos + TimeUnit.SECONDS.toNanos(2)))
                .isEqualTo((int) (TimeUnit.SECONDS.toNanos(2) / LineAllowance.NANOS_PER_LINE));
        assertThat(lines(allowance, 1000, nowNanos + TimeUnit.HOURS.toNanos(1))).isEqualTo(LineAllowance.BURST_LINES);
    }
}
