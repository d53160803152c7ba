package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.sim.FaultPlan.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Judges the session over modelled TCP paths: {@code docs/TESTING.md}, "The simulator as judge". What must hold at any time is
 * asserted: every byte arrives, soon after the last fault, and nothing is left over. How well it does beside single TCP
 * connections is printed, worst first; with {@code -Dsim.strict=true} it is asserted too.
 */
@Tag("simulation")
@ExtendWith(TellsSimulatedTime.class)
class PathJudgeTest {

    /** Of random cells the worst are shown, of named ones all. */
    private static final int WORST = 12;

    private static final int MOST = 1000;

    private final JudgeSettings settings = JudgeSettings.fromProperties();

    @Test
    void shouldBringAtLeastWhatTheBestPathBrings() {
        long startNanos = System.nanoTime();
        List<BulkJudge.Result> results = new ArrayList<>();
        for (Cell cell : settings.cells(settings.bulkCells())) {
            results.add(BulkJudge.judge(cell, true, settings.scheduler()));
            results.add(BulkJudge.judge(cell, false, settings.scheduler()));
        }
        results.sort(Comparator.comparingDouble(BulkJudge.Result::score));
        List<BulkJudge.Result> missed =
                results.stream().filter(result -> !result.isWanted()).toList();
        JudgeTable table = new JudgeTable(
                "cell",
                "control",
                "direction",
                "paths Mbit/s / RTT ms",
                "of best",
                "of sum",
                "steady of sum",
                "of possible",
                "stall ms",
                "RTT under load");
        for (BulkJudge.Result result : shown(results)) {
            table.row(
                    result.cell().name(),
                    result.cell().control(),
                    result.upload() ? "up" : "down",
                    result.cell().describePaths(),
                    JudgeTable.ratio(result.ofBest(), 0.98),
                    result.cell().rttRatio() > 20
                            ? String.format("%.3f", result.ofSum())
                            : JudgeTable.ratio(result.ofSum(), 0.95),
                    String.format("%.3f", result.steady() / result.sumSteady()),
                    String.format("%.3f", result.ofPossible()),
                    result.stallNanos() / 1_000_000,
                    String.format("%.1f x%s", result.bloat(), result.isBloated() ? " missed" : ""));
        }
        table.print(summary("paths, bulk", results.size(), startNanos, missed.size())
                + " (wanted: >= .98 of the best path; >= .95 of the sum where RTTs differ by 20 at most;"
                + " RTT under load <= 1.5 x where a queue takes a second)");
        assertWanted(missed);
    }

    @Test
    void shouldFetchObjectsAsSoonAsThePathsAllow() {
        long startNanos = System.nanoTime();
        List<ObjectJudge.Result> results = new ArrayList<>();
        for (Cell cell : settings.cells(settings.objectCells())) {
            for (long bytes : ObjectJudge.SIZES) {
                if (Long.getLong("sim.bytes", bytes) == bytes) {
                    results.add(ObjectJudge.judge(cell, bytes, settings.scheduler()));
                }
            }
        }
        results.sort(Comparator.comparingDouble(ObjectJudge.Result::score).reversed());
        List<ObjectJudge.Result> missed =
                results.stream().filter(result -> !result.isWanted()).toList();
        JudgeTable table = new JudgeTable(
                "cell",
                "control",
                "paths Mbit/s / RTT ms",
                "bytes",
                "p50/p99 ms",
                "best path's",
                "fluid bound's",
                "repeated",
                "worst ratio to what is wanted");
        for (ObjectJudge.Result result : shown(results)) {
            table.row(
                    result.cell().name(),
                    result.cell().control(),
                    result.cell().describePaths(),
                    result.objectBytes(),
                    result.ours(),
                    result.best(),
                    result.fluid(),
                    String.format("%.1f %%", 100 * result.repeated()),
                    String.format("%.2f%s", result.score(), result.isWanted() ? "" : " missed"));
        }
        table.print(summary("paths, objects", results.size(), startNanos, missed.size())
                + " (wanted: p50 <= 1.05, p99 <= 1.15 of the fluid bound's, both <= 1.05 of the best path's)");
        assertWanted(missed);
    }

    @Test
    void shouldDeliverEverythingSoonWhateverHappensToPaths() {
        long startNanos = System.nanoTime();
        List<FaultJudge.Verdict> verdicts = new ArrayList<>();
        for (FaultPlan plan : plans()) {
            verdicts.addAll(judge(plan).verdicts());
        }
        JudgeTable kinds = new JudgeTable(
                "fault", "number", "stall ms p50/p90/max", "too long", "back ms p50/p90/max", "too late", "never");
        Map<Kind, List<FaultJudge.Verdict>> byKind = new TreeMap<>();
        verdicts.forEach(v -> byKind.computeIfAbsent(v.fault().kind(), kind -> new ArrayList<>())
                .add(v));
        byKind.forEach((kind, list) -> kinds.row(
                kind,
                list.size(),
                JudgeTable.spread(list, FaultJudge.Verdict::stallNanos),
                list.stream().filter(FaultJudge.Verdict::stallsTooLong).count(),
                JudgeTable.spread(
                        list.stream().filter(v -> v.backNanos() >= 0).toList(), FaultJudge.Verdict::backNanos),
                list.stream()
                        .filter(v -> v.isBackTooLate() && v.backNanos() >= 0)
                        .count(),
                list.stream().filter(v -> v.backNanos() < 0).count()));
        verdicts.sort(Comparator.comparingDouble(FaultJudge.Verdict::score).reversed());
        List<FaultJudge.Verdict> missed = verdicts.stream()
                .filter(v -> v.stallsTooLong() || v.isBackTooLate())
                .toList();
        JudgeTable worst = new JudgeTable(
                "cell",
                "control",
                "direction",
                "paths Mbit/s / RTT ms",
                "fault",
                "at s",
                "stall ms",
                "wanted",
                "back ms",
                "wanted");
        for (FaultJudge.Verdict v : shown(verdicts)) {
            worst.row(
                    v.plan().cell().name(),
                    v.plan().cell().control(),
                    v.plan().upload() ? "up" : "down",
                    v.plan().cell().describePaths(),
                    v.fault().kind() + " of " + v.fault().path(),
                    String.format(
                            "%.2f-%.2f", v.fault().atNanos() / 1e9, v.fault().endNanos() / 1e9),
                    v.stallNanos() / 1_000_000,
                    v.maxStallNanos() / 1_000_000,
                    v.backNanos() < 0 ? "never" : v.backNanos() / 1_000_000,
                    v.maxBackNanos() / 1_000_000);
        }
        kinds.print(summary("paths, faults", verdicts.size(), startNanos, missed.size()));
        worst.print("the worst");
        assertThat(verdicts.stream()
                        .filter(v -> v.backNanos() < 0)
                        .map(v -> v.plan().cell().name() + ": " + v.fault()))
                .as("paths that are not in use again before the next fault")
                .isEmpty();
        assertWanted(missed);
    }

    @Test
    void shouldRepeatExactlyWhenTheSeedIsTheSame() {
        for (long seed = 1; seed <= 3; seed++) {
            assertThat(FaultJudge.judge(FaultPlan.of(seed), settings.scheduler()))
                    .isEqualTo(FaultJudge.judge(FaultPlan.of(seed), settings.scheduler()));
        }
    }

    private List<FaultPlan> plans() {
        List<FaultPlan> plans = new ArrayList<>();
        for (String name : settings.names()) {
            for (TcpControl.Kind control : settings.controls()) {
                for (Kind kind : Kind.values()) {
                    if (System.getProperty("sim.fault", kind.name()).equals(kind.name())) {
                        Cell cell = Cell.named(name, control, settings.firstSeed());
                        plans.add(FaultPlan.of(cell, true, kind, 3 * FaultPlan.FLAP_NANOS));
                        plans.add(FaultPlan.of(cell, false, kind, 3 * FaultPlan.FLAP_NANOS));
                    }
                }
            }
        }
        for (int i = 0; i < settings.faultPlans(); i++) {
            plans.add(FaultPlan.of(settings.firstSeed() + i));
        }
        return plans;
    }

    private FaultJudge.Result judge(FaultPlan plan) {
        try {
            return FaultJudge.judge(plan, settings.scheduler());
        } catch (AssertionError | RuntimeException e) {
            String trace = FaultJudge.trace(plan, settings.scheduler());
            throw new AssertionError(
                    (trace == null ? "The replay did NOT fail." : "Last events:\n" + trace) + "\n\n" + plan + "\n\n"
                            + e.getMessage() + "\nReplay: -Dsim.cells=1 -Dsim.seed="
                            + plan.cell().seed(),
                    e);
        }
    }

    private String summary(String what, int number, long startNanos, int missed) {
        return String.format(
                "%s: %d, seeds from %d in %.1f s: %d of them missed what is wanted",
                what, number, settings.firstSeed(), (System.nanoTime() - startNanos) / 1e9, missed);
    }

    private <T> List<T> shown(List<T> worstFirst) {
        int count = Integer.getInteger("sim.worst", settings.names().isEmpty() ? WORST : MOST);
        return worstFirst.subList(0, Math.min(count, worstFirst.size()));
    }

    private void assertWanted(List<?> missed) {
        if (settings.strict()) {
            assertThat(missed).isEmpty();
        }
    }
}
