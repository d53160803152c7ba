package dev.multipath.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.netty.util.concurrent.AbstractEventExecutor;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class FailureGuardTest {
    private final UnseenFailures failures = new UnseenFailures();
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("test");

    FailureGuardTest() {
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
        failures.start();
        context.addTurboFilter(failures);
    }

    @Test
    void shouldReportAFailedAssertionOnceHoweverItIsLogged() {
        logger.debug("a task raised it", new AssertionError("first"));
        logger.warn("{} raised it, at {}", "a task", 1, new IllegalStateException(new AssertionError("second")));

        assertThat(failures.take())
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("test: a task raised it")
                                .contains("first"),
                        second -> assertThat(second).contains("second"));
        assertThat(failures.take()).isEmpty();
    }

    @Test
    void shouldReportWhatATaskHasThrown() {
        context.getLogger(AbstractEventExecutor.class).warn("a task raised it", new IllegalStateException("thrown"));

        assertThat(failures.take()).singleElement().asString().contains("thrown");
    }

    @Test
    void shouldReportNothingElse() {
        logger.warn("no cause");
        logger.warn("another cause", new IllegalStateException());
        context.getLogger(AbstractEventExecutor.class).warn("not its own fault", new IOException());

        assertThat(failures.take()).isEmpty();
    }

    @Test
    void shouldWatchTheWholeRunWhenTheServiceFileIsOnTheClassPath() {
        LoggerContext watched = (LoggerContext) LoggerFactory.getILoggerFactory();

        assertThatCollection(watched.getTurboFilterList()).hasAtLeastOneElementOfType(UnseenFailures.class);
    }
}
