package dev.multipath.testsuite.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Attacks on a server and on a client, each a process of its own with 256 MB, beside honest sessions. In the build each is
 * small; {@code -Dattack.scale=full} is as large as they were found, {@code -Dattack=NAME[,NAME]} runs those whose names
 * begin so.
 */
class AttackTest {

    private static final List<Attack> ATTACKS = Stream.of(
                    HandshakeAttacks.all(),
                    JoinAttacks.all(),
                    FrameAttacks.all(),
                    FlowAttacks.all(),
                    MemoryAttacks.all(),
                    PlaceAttacks.all(),
                    ServerSpeaksAttacks.all(),
                    ServerSessionAttacks.all())
            .flatMap(List::stream)
            .filter(attack ->
                    Stream.of(System.getProperty("attack", "").split(",")).anyMatch(attack.name()::startsWith))
            .toList();

    private static Children children;
    private static Judge judge;
    private static int passed;
    private static int failed;

    @BeforeAll
    static void startVictims() throws Exception {
        children = new Children(Scale.current());
        judge = new Judge(children);
    }

    @AfterAll
    static void report() throws Exception {
        children.close();
        System.out.printf("%d attacks, %d passed, %d failed%n", passed + failed, passed, failed);
        writeTable();
    }

    private static void writeTable() throws IOException {
        Path table = Path.of("target", "attacks.md");
        Files.createDirectories(table.getParent());
        Files.write(
                table,
                Stream.concat(
                                Stream.of(
                                        "| attack | victim | profile | what it does | what is expected |",
                                        "| --- | --- | --- | --- | --- |"),
                                ATTACKS.stream().map(Attack::row))
                        .toList());
    }

    @TestFactory
    Stream<DynamicTest> shouldHitNobodyElse() {
        return ATTACKS.stream()
                .map(attack -> DynamicTest.dynamicTest(attack.name(), () -> {
                    failed++;
                    judge.judge(attack);
                    failed--;
                    passed++;
                }));
    }

    @Test
    void shouldBeAtLeastSixtyOfDifferentNames() {
        if (System.getProperty("attack") == null) {
            assertThat(ATTACKS).hasSizeGreaterThanOrEqualTo(60);
        }
        assertThat(ATTACKS).extracting(Attack::name).doesNotHaveDuplicates();
    }
}
