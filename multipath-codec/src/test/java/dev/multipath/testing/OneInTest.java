package dev.multipath.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class OneInTest {

    /** Three parameters of three values: nine of 27 sets, and any two parameters have met in all ways. */
    @Test
    void shouldTakeEachValueOfAParameterTogetherWithEachOfAnother() {
        List<Integer> dealt = IntStream.range(0, 27)
                .filter(set -> OneInCondition.isDealt(set, 0, 3))
                .boxed()
                .toList();

        assertThat(dealt).hasSize(9);
        assertThat(dealt).extracting(set -> set / 3).doesNotHaveDuplicates();
        assertThat(dealt).extracting(set -> set % 9).doesNotHaveDuplicates();
        assertThat(dealt).extracting(set -> set / 9 * 3 + set % 3).doesNotHaveDuplicates();
    }

    @Test
    void shouldDealEachSetToOne() {
        for (int set = 0; set < 192; set++) {
            int each = set;
            assertThat(IntStream.range(0, 4).filter(to -> OneInCondition.isDealt(each, to, 4)))
                    .hasSize(1);
        }
    }

    @Test
    void shouldRunItsShareAndTellOfTheRest() {
        Seen seen = run(Samples.class);

        assertThat(seen.reasons).hasSize(Depth.of(6, 0)).allMatch(OneInCondition.REASON::equals);
        assertThat(seen.ran).hasSize(Depth.of(4, 10)).contains("0");
    }

    @Test
    void shouldDealTheTestsOfAClassToItsOwnSets() {
        Seen seen = run(SamplesOverTwo.class);

        assertThat(seen.reasons).hasSize(Depth.of(6, 0)).allMatch(OneInCondition.REASON::equals);
        assertThat(seen.ran).hasSize(Depth.of(6, 12));
        assertThat(seen.sets).containsExactlyElementsOf(SamplesOverTwo.sets());
    }

    /** Surefire runs no class of these names. */
    static class Samples {
        static IntStream sets() {
            return IntStream.range(0, 9);
        }

        @OneIn(3)
        @ParameterizedTest(name = "{0}")
        @MethodSource("sets")
        void some(int set) {}

        @OneIn(3)
        @Test
        void alone() {}
    }

    @OneIn(2)
    @ParameterizedClass(name = "{0}")
    @ValueSource(strings = {"one", "two"})
    static class SamplesOverTwo {
        @Parameter
        String over;

        static List<String> sets() {
            return List.of("0", "1", "2", "3", "4", "plain");
        }

        @ParameterizedTest(name = "{0}")
        @ValueSource(ints = {0, 1, 2, 3, 4})
        void some(int set) {}

        @Test
        void plain() {}
    }

    private static Seen run(Class<?> type) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(type))
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                .build();
        // Else the guards of this run would begin and end with it.
        LauncherConfig alone = LauncherConfig.builder()
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableTestExecutionListenerAutoRegistration(false)
                .build();
        Seen seen = new Seen();
        LauncherFactory.create(alone).execute(request, seen);
        return seen;
    }

    private static final class Seen implements TestExecutionListener {
        final List<String> ran = new ArrayList<>();
        final Set<String> sets = new TreeSet<>();
        final List<String> reasons = new ArrayList<>();

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            reasons.add(reason);
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.SUCCESSFUL);
            if (test.isTest()) {
                ran.add(test.getDisplayName());
                sets.add(test.getDisplayName().replace("()", ""));
            }
        }
    }
}
