package dev.multipath.testing;

import java.util.OptionalInt;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.engine.UniqueId;

/** Decides for {@link OneIn}. */
public final class OneInCondition implements ExecutionCondition {

    /** Why a set of parameters is skipped. */
    public static final String REASON = "left to -Pdeep";

    private static final ConditionEvaluationResult RUN = ConditionEvaluationResult.enabled("its share");

    /** How JUnit's identifiers call one set of parameters: of a test's, and of its class's. */
    private static final String SET = "test-template-invocation";

    private static final String SET_OF_CLASS = "class-template-invocation";

    /** And a test without parameters. */
    private static final String PLAIN_TEST = "method";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        UniqueId id = UniqueId.parse(context.getUniqueId());
        OptionalInt set = set(id, context);
        OptionalInt setOfClass = number(id, SET_OF_CLASS);
        if (Depth.isDeep() || set.isEmpty()) {
            return RUN;
        }
        OneIn oneIn = context.getTestMethod()
                .flatMap(method -> AnnotationSupport.findAnnotation(method, OneIn.class))
                .orElseGet(() -> context.getRequiredTestClass().getAnnotation(OneIn.class));
        return isDealt(set.getAsInt(), setOfClass.orElse(0) + oneIn.share(), oneIn.value())
                ? RUN
                : ConditionEvaluationResult.disabled(REASON);
    }

    /** Nothing for what is around tests, and for a test that has no parameters and whose class has none. */
    private static OptionalInt set(UniqueId id, ExtensionContext context) {
        if (id.getLastSegment().getType().equals(PLAIN_TEST)
                && number(id, SET_OF_CLASS).isPresent()) {
            return OptionalInt.of(
                    Math.floorMod(context.getRequiredTestMethod().getName().hashCode(), 1 << 16));
        }
        return id.getLastSegment().getType().equals(SET) ? number(id, SET) : OptionalInt.empty();
    }

    /** From 0. */
    private static OptionalInt number(UniqueId id, String type) {
        return id.getSegments().stream()
                .filter(segment -> segment.getType().equals(type))
                .mapToInt(segment -> Integer.parseInt(segment.getValue().substring(1)) - 1)
                .findFirst();
    }

    /**
     * Sets are mostly products, the last parameter counting fastest. Taking each so-many-eth would always take the same value of that
     * one; by the sum of the number's digits, each value of a parameter meets each of the others.
     */
    static boolean isDealt(int set, int to, int parts) {
        int sum = to;
        for (int rest = set; rest > 0; rest /= parts) {
            sum += rest % parts;
        }
        return sum % parts == 0;
    }
}
