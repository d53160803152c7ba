package dev.multipath.examples.interop;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Builds the Go program once per test run and gives tests their {@link InteropRun}. See {@link RequiresGo}. */
final class InteropExtension implements ExecutionCondition, ParameterResolver {

    private static final boolean REQUIRED = "1".equals(System.getenv("MULTIPATH_REQUIRE_GO"));

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(final ExtensionContext context) {
        if (GoPeer.goIsInstalled() || REQUIRED) {
            return ConditionEvaluationResult.enabled("go is there, or required");
        }
        final String skipped = "interop: skipped " + context.getDisplayName() + ", no go on the PATH";
        InteropReport.publish(skipped);
        return ConditionEvaluationResult.disabled(skipped);
    }

    @Override
    public boolean supportsParameter(final ParameterContext parameter, final ExtensionContext context) {
        return parameter.getParameter().getType() == InteropRun.class;
    }

    @Override
    public InteropRun resolveParameter(final ParameterContext parameter, final ExtensionContext context) {
        // The root's store closes what it holds when all tests have run.
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(InteropExtension.class))
                .computeIfAbsent(InteropRun.class, key -> InteropRun.prepare(), InteropRun.class);
    }
}
