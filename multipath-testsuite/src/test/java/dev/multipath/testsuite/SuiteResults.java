package dev.multipath.testsuite;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Collects how Netty's tests have ended, by class and kind of subflows, and makes a table of it. */
final class SuiteResults implements TestExecutionListener {

    private static final class Count {
        int total;
        int passed;

        @Override
        public String toString() {
            return passed + "/" + total;
        }
    }

    private TestPlan plan;

    // everything below is guarded by this
    private final Map<String, Map<Subflows, Count>> counts = new TreeMap<>();
    private final Map<String, TreeSet<Subflows>> skipped = new TreeMap<>();
    private final Map<String, String> adapted = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
        plan = testPlan;
    }

    @Override
    public synchronized void executionSkipped(TestIdentifier test, String reason) {
        if (test.isTest()) {
            record(test, false);
            skip(test, reason);
        }
    }

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            failures.add(test.getUniqueId() + ": " + result.getThrowable().orElse(null));
        }
        if (test.isTest()) {
            record(test, result.getStatus() == TestExecutionResult.Status.SUCCESSFUL);
            if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
                skip(test, result.getThrowable().map(Throwable::getMessage).orElse(""));
            }
        }
    }

    /** What failed, tests and whatever is around them. */
    synchronized List<String> failures() {
        return List.copyOf(failures);
    }

    private void record(TestIdentifier test, boolean passed) {
        subflows(test).ifPresent(subflows -> {
            Class<?> type = source(test).getJavaClass();
            Count count = counts.computeIfAbsent(netty(type), c -> new EnumMap<>(Subflows.class))
                    .computeIfAbsent(subflows, s -> new Count());
            count.total++;
            count.passed += passed ? 1 : 0;
            Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Adapted.class))
                    .forEach(method -> adapted.put(name(type, method.getName()), reason(method)));
        });
    }

    private static String reason(Method method) {
        return method.getAnnotation(Adapted.class).value();
    }

    private void skip(TestIdentifier test, String reason) {
        MethodSource source = source(test);
        subflows(test).ifPresent(subflows -> skipped.computeIfAbsent(
                        name(source.getJavaClass(), source.getMethodName()) + ": "
                                + reason.replace("Assumption failed: ", ""),
                        s -> new TreeSet<>())
                .add(subflows));
    }

    private static String name(Class<?> type, String method) {
        return "`" + netty(type) + "." + method + "`";
    }

    private static String netty(Class<?> type) {
        return type.getSuperclass().getSimpleName();
    }

    private static MethodSource source(TestIdentifier test) {
        return (MethodSource) test.getSource().orElseThrow();
    }

    /** What the test's class was run over; nothing if the test is not one of Netty's. */
    private Optional<Subflows> subflows(TestIdentifier test) {
        for (Optional<TestIdentifier> at = Optional.of(test); at.isPresent(); at = plan.getParent(at.get())) {
            if (at.get().getUniqueIdObject().getLastSegment().getType().equals("class-template-invocation")) {
                return Optional.of(Subflows.valueOf(at.get().getDisplayName()));
            }
        }
        return Optional.empty();
    }

    /** All of it, in Markdown. */
    synchronized String table() {
        StringBuilder table = new StringBuilder("| Netty's class |");
        Arrays.stream(Subflows.values())
                .forEach(subflows -> table.append(' ').append(subflows).append(" |"));
        table.append("\n| --- |")
                .append(" --- |".repeat(Subflows.values().length))
                .append('\n');
        counts.forEach((type, row) -> {
            table.append("| ").append(type).append(" |");
            for (Subflows subflows : Subflows.values()) {
                table.append(' ')
                        .append(row.containsKey(subflows) ? row.get(subflows) : "")
                        .append(" |");
            }
            table.append('\n');
        });
        table.append("\nAdapted tests:\n\n");
        adapted.forEach((test, reason) ->
                table.append("- ").append(test).append(": ").append(reason).append('\n'));
        table.append("\nSkipped tests:\n\n");
        skipped.forEach((test, over) ->
                table.append("- ").append(test).append(overAll(over)).append('\n'));
        table.append("\nClasses that do not run:\n\n");
        NotRun.REASONS.forEach((type, reason) ->
                table.append("- `").append(type).append("`: ").append(reason).append('\n'));
        return table.toString();
    }

    private static String overAll(TreeSet<Subflows> over) {
        return over.size() == Subflows.values().length
                ? ""
                : over.stream()
                        .sorted(Comparator.naturalOrder())
                        .map(Subflows::name)
                        .collect(Collectors.joining(", ", " (", ")"));
    }
}
