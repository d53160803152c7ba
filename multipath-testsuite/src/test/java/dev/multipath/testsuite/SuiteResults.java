package dev.multipath.testsuite;

import dev.multipath.testing.OneInCondition;
import dev.multipath.testsuite.ClassResults.Count;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Collects how Netty's tests have ended, by class and kind of subflows. */
final class SuiteResults implements TestExecutionListener {

    private static final Count PASSED = new Count(1, 0, 1);
    private static final Count LEFT = new Count(0, 1, 1);
    private static final Count NOT_PASSED = new Count(0, 0, 1);

    private TestPlan plan;

    // everything below is guarded by this

    /** By our class. */
    private final Map<String, ClassResults> classes = new TreeMap<>();

    private final List<String> failures = new ArrayList<>();

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
        plan = testPlan;
    }

    @Override
    public synchronized void executionSkipped(TestIdentifier test, String reason) {
        if (test.isTest()) {
            if (reason.equals(OneInCondition.REASON)) {
                record(test, LEFT);
            } else {
                record(test, NOT_PASSED);
                skip(test, reason);
            }
        }
    }

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            failures.add(test.getUniqueId() + ": " + result.getThrowable().orElse(null));
        }
        if (test.isTest()) {
            record(test, result.getStatus() == TestExecutionResult.Status.SUCCESSFUL ? PASSED : NOT_PASSED);
            if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
                skip(test, result.getThrowable().map(Throwable::getMessage).orElse(""));
            }
        }
    }

    /** What failed, tests and whatever is around them. */
    synchronized List<String> failures() {
        return List.copyOf(failures);
    }

    /** Leaves a file for each class that has run. */
    synchronized void write(Path directory) throws IOException {
        for (Map.Entry<String, ClassResults> results : classes.entrySet()) {
            results.getValue().write(directory, results.getKey());
        }
    }

    private void record(TestIdentifier test, Count count) {
        subflows(test).ifPresent(subflows -> {
            Class<?> type = source(test).getJavaClass();
            ClassResults results = of(type);
            results.counts.merge(subflows, count, Count::plus);
            Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Adapted.class))
                    .forEach(method -> results.adapted.put(name(type, method.getName()), reason(method)));
        });
    }

    private ClassResults of(Class<?> type) {
        return classes.computeIfAbsent(type.getSimpleName(), name -> new ClassResults(netty(type)));
    }

    private static String reason(Method method) {
        return method.getAnnotation(Adapted.class).value();
    }

    private void skip(TestIdentifier test, String reason) {
        MethodSource source = source(test);
        subflows(test).ifPresent(subflows -> of(source.getJavaClass())
                .skipped
                .computeIfAbsent(
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
}
