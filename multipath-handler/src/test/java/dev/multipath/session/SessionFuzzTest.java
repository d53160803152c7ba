package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for a session whatever its peer sends, its application does and its subflows suffer, in any order, in both
 * profiles and roles: nothing but the typed exception, no hang, memory bounded, nothing leaked. In {@code mvn verify} it is
 * tried on drawn programs; {@code mvn test -Dfuzz=MINUTES} looks for more.
 */
class SessionFuzzTest {

    private static final int DRAWN_PROGRAMS = 400;
    private static final int MAX_PROGRAM_BYTES = 2_000;

    static Stream<byte[]> drawnPrograms() {
        Random random = new Random(20261121);
        return Stream.generate(() -> {
                    byte[] program = new byte[random.nextInt(MAX_PROGRAM_BYTES)];
                    random.nextBytes(program);
                    return program;
                })
                .limit(DRAWN_PROGRAMS);
    }

    @MethodSource("drawnPrograms")
    @FuzzTest
    void shouldSurviveAnyProgram(byte[] program) {
        if (program.length > MAX_PROGRAM_BYTES) {
            return;
        }
        try (HostileWorld world = new HostileWorld(program)) {
            while (world.hasNext()) {
                world.step();
                world.check();
            }
            world.settle();
            assertThat(world.session().nextDeadlineNanos()).isGreaterThan(world.nowNanos());
        }
    }
}
