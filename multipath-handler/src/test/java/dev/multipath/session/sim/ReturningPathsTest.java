package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A path is used again after its fault: also one that was let less and less pass meanwhile, so that it has been seen to bring next to
 * nothing; or that lay idle before, so that its TCP had to begin anew.
 */
class ReturningPathsTest {

    /** Plans of which a path was never used again. */
    @ParameterizedTest
    @ValueSource(longs = {11, 25, 41})
    void shouldUseAPathAgainThatWasHardlyUsedInItsFault(long seed) {
        assertThat(FaultJudge.judge(FaultPlan.of(seed), EarliestArrivalScheduler::new)
                        .verdicts())
                .allSatisfy(verdict -> assertThat(verdict.backNanos()).isNotNegative());
    }
}
