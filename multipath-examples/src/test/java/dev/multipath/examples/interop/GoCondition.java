package dev.multipath.examples.interop;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** See {@link RequiresGo}. */
final class GoCondition implements ExecutionCondition {

    private static final boolean REQUIRED = "1".equals(System.getenv("MULTIPATH_REQUIRE_GO"));

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(final ExtensionContext context) {
        if (GoPeer.goIsInstalled() || REQUIRED) {
            return ConditionEvaluationResult.enabled("go is there, or required");
        }
        final String skipped = "interop: skipped " + context.getDisplayName() + ", no go on the PATH";
        System.out.println(skipped);
        return ConditionEvaluationResult.disabled(skipped);
    }
}
