package dev.multipath.testsuite;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.reflect.Method;
import java.time.Duration;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * How long a test of Netty's may take, in the place of Netty's own limits ({@code junit-platform.properties} turns those
 * off): some are as short as three seconds of an idle machine, and say nothing of a product on a busy one. A test whose
 * handler has failed waits for a latch that nobody counts down; a limit from another thread ends it.
 */
public final class TimeLimit implements InvocationInterceptor {

    /** Twenty times what the slowest takes on an idle machine; a test that hangs is found all the same. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @Override
    public void interceptTestMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(test, context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(test, context);
    }

    /** Others, as the kill test, which runs as long as it is told to, have limits of their own. */
    private static void run(Invocation<Void> test, ExtensionContext context) throws Throwable {
        if (context.getRequiredTestClass().isAnnotationPresent(OverSubflows.class)) {
            assertTimeoutPreemptively(LIMIT, test::proceed);
        } else {
            test.proceed();
        }
    }
}
