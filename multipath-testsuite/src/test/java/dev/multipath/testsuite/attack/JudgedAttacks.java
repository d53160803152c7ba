package dev.multipath.testsuite.attack;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Attacks on a server and on a client, each a process of its own with 256 MB, beside honest sessions. In the build each is
 * small; {@code -Dattack.scale=full} is as large as they were found, {@code -Dattack=NAME[,NAME]} runs those whose names
 * begin so.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JudgedAttacks {

    private final List<Attack> attacks;
    private Children children;
    private Judge judge;
    private int passed;
    private int failed;

    JudgedAttacks(List<Attack> all) {
        attacks = all.stream()
                .filter(attack ->
                        Stream.of(System.getProperty("attack", "").split(",")).anyMatch(attack.name()::startsWith))
                .toList();
    }

    @BeforeAll
    void startVictims() throws Exception {
        children = new Children(Scale.current());
        judge = new Judge(children);
    }

    @AfterAll
    void report() {
        children.close();
        System.out.printf(
                "%d attacks, %d passed, %d failed: %s%n",
                passed + failed, passed, failed, getClass().getSimpleName());
    }

    @TestFactory
    Stream<DynamicTest> shouldHitNobodyElse() {
        return attacks.stream()
                .map(attack -> DynamicTest.dynamicTest(attack.name(), () -> {
                    failed++;
                    judge.judge(attack);
                    failed--;
                    passed++;
                }));
    }
}
