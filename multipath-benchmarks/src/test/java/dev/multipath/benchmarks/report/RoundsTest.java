package dev.multipath.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoundsTest {

    private static final double IDLE = 0;

    private static Rounds rounds(int warmup, int counted, double load) {
        return new Rounds(warmup, counted, Experiments.NOWHERE, new Load(load, 1));
    }

    @Test
    void variantsRunInTurnAndEachRoundBeginsWithAnother() throws Exception {
        List<String> order = new ArrayList<>();
        List<Variant> variants = List.of(noting("a", order), noting("b", order), noting("c", order));
        rounds(1, 2, IDLE).run("turns", variants);
        assertThat(order).containsExactly("a", "b", "c", "b", "c", "a", "c", "a", "b");
    }

    private static Variant noting(String label, List<String> order) {
        return new Variant(label, "a", () -> {
            order.add(label);
            return new Reading(Map.of(Experiments.SPEED, 1.0));
        });
    }

    @Test
    void warmUpIsNotCounted() throws Exception {
        Variant plain = Experiments.reading("plain", "plain", 1, 2, 100, 101, 102);
        Result result = rounds(2, 3, IDLE).run("warm-up", List.of(plain));
        assertThat(result.summary(plain, Experiments.SPEED)).isEqualTo(new Summary(100, 101, 102));
        assertThat(result.doubts()).isEmpty();
    }

    @Test
    void loadAboveTheCoresIsDoubted() throws Exception {
        int cores = Runtime.getRuntime().availableProcessors();
        List<Variant> variants = List.of(Experiments.reading("plain", "plain", 100));
        assertThat(rounds(0, 1, cores).run("load", variants).doubts()).isEmpty();
        assertThat(rounds(0, 1, cores + 1).run("load", variants).doubts())
                .singleElement()
                .asString()
                .startsWith("the load was " + (cores + 1) + ".0 on " + cores + " cores");
    }

    /** The load is the average of a minute. */
    @Test
    void loadThatHasEndedIsNotDoubted() {
        int cores = Runtime.getRuntime().availableProcessors();
        assertThat(new Load(10 * cores, 0.02).doubt()).isEmpty();
        assertThat(new Load(10 * cores, 0.9).doubt()).isPresent();
        // Not known on this system.
        assertThat(new Load(-1, 0).doubt()).isEmpty();
    }

    @Test
    void aBaselineThatVariesIsDoubtedAndAVariantThatDoesIsNot() throws Exception {
        Variant steady = Experiments.reading("plain", "plain", 100, 107, 93);
        Variant ours = Experiments.reading("ours", "plain", 10, 50, 90);
        assertThat(rounds(0, 3, IDLE).run("steady", List.of(steady, ours)).doubts())
                .isEmpty();
        Variant varying = Experiments.reading("plain", "plain", 100, 110, 90);
        assertThat(rounds(0, 3, IDLE).run("varying", List.of(varying, ours)).doubts())
                .containsExactly("plain varies by 20 % of its median MB/s");
    }

    @Test
    void aBaselineThatMeasuresNothingEndsTheRun() {
        List<Variant> variants =
                List.of(Experiments.reading("plain", "plain", 0), Experiments.reading("ours", "plain", 5));
        assertThatThrownBy(() -> rounds(0, 1, IDLE).run("nothing", variants))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("plain has shown 0.0 MB/s");
    }

    @Test
    void allVariantsHaveTheSameMetrics() {
        Variant other = new Variant("other", "plain", () -> Experiments.reading(1, 2));
        List<Variant> variants = List.of(Experiments.reading("plain", "plain", 1), other);
        assertThatThrownBy(() -> rounds(0, 1, IDLE).run("metrics", variants))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("other has other metrics");
    }

    @Test
    void whatCannotBeComparedDoesNotBegin() {
        Variant plain = Experiments.variant("plain", "plain");
        Rounds rounds = rounds(0, 1, IDLE);
        for (List<Variant> variants :
                List.of(List.<Variant>of(), List.of(plain, plain), List.of(Experiments.variant("a", "b")))) {
            assertThatThrownBy(() -> rounds.run("wrong", variants)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> rounds(0, 0, IDLE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> rounds(-1, 1, IDLE)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatAVariantThrowsEndsTheRun() {
        List<Variant> variants = List.of(new Variant("plain", "plain", () -> {
            throw new IllegalStateException("epoll multipath 2: with 1 subflows");
        }));
        assertThatThrownBy(() -> rounds(0, 1, IDLE).run("broken", variants))
                .hasMessage("epoll multipath 2: with 1 subflows");
    }
}
