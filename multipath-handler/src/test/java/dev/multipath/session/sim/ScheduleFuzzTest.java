package dev.multipath.session.sim;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole schedules by a fuzzer: its bytes choose what a simulation of two ends of the extended profile is otherwise drawn by a seed:
 * paths, faults, outages, traffic, what the ends do and when. What must hold is what holds for each seed. In {@code mvn verify}
 * it is tried on drawn bytes; {@code mvn test -Dfuzz=MINUTES} looks for more.
 */
@ExtendWith(TellsSimulatedTime.class)
class ScheduleFuzzTest {

    private static final int DRAWN_SCHEDULES = 200;

    /** What a long schedule takes; bytes behind it would change nothing. */
    private static final int MAX_BYTES = 600;

    static Stream<byte[]> drawnSchedules() {
        Random random = new Random(20261127);
        return Stream.generate(() -> {
                    byte[] schedule = new byte[random.nextInt(MAX_BYTES)];
                    random.nextBytes(schedule);
                    return schedule;
                })
                .limit(DRAWN_SCHEDULES);
    }

    @MethodSource("drawnSchedules")
    @FuzzTest
    void shouldHoldForAnySchedule(byte[] schedule) {
        if (schedule.length > MAX_BYTES) {
            return;
        }
        Simulation.run(EventfulScenarios.of(Arrays.hashCode(schedule), new ScheduledDraws(schedule)));
    }

    /** Draws from bytes, as few as a draw needs, so that a byte that is changed changes one thing; then by a seed. */
    private static final class ScheduledDraws implements RandomGenerator {

        private final byte[] bytes;
        private final SplittableRandom behind;
        private int position;

        ScheduledDraws(byte[] bytes) {
            this.bytes = bytes;
            behind = new SplittableRandom(Arrays.hashCode(bytes));
        }

        private boolean isUsedUp() {
            return position >= bytes.length;
        }

        private long take(int count) {
            long value = 0;
            for (int i = 0; i < count && !isUsedUp(); i++) {
                value = value << 8 | Byte.toUnsignedLong(bytes[position++]);
            }
            return value;
        }

        @Override
        public long nextLong() {
            return isUsedUp() ? behind.nextLong() : take(Long.BYTES);
        }

        @Override
        public int nextInt(int bound) {
            return isUsedUp() ? behind.nextInt(bound) : (int) (take(bound <= 256 ? 1 : Integer.BYTES) % bound);
        }

        @Override
        public long nextLong(long bound) {
            return isUsedUp() ? behind.nextLong(bound) : Math.floorMod(take(Long.BYTES), bound);
        }

        /** In steps that are fine enough: nearly all of it is for sizes and times on a logarithmic scale. */
        @Override
        public double nextDouble() {
            return isUsedUp() ? behind.nextDouble() : take(2) / 65_536.0;
        }

        @Override
        public boolean nextBoolean() {
            return isUsedUp() ? behind.nextBoolean() : (take(1) & 1) == 1;
        }
    }
}
