package dev.multipath.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class AssertionGuardTest {
    private final FailedAssertions failed = new FailedAssertions();
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("test");

    AssertionGuardTest() {
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
        failed.start();
        context.addTurboFilter(failed);
    }

    @Test
    void shouldReportAFailedAssertionOnceHoweverItIsLogged() {
        logger.debug("a task raised it", new AssertionError("first"));
        logger.warn("{} raised it, at {}", "a task", 1, new IllegalStateException(new AssertionError("second")));

        assertThat(failed.take())
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("test: a task raised it")
                                .contains("first"),
                        second -> assertThat(second).contains("second"));
        assertThat(failed.take()).isEmpty();
    }

    @Test
    void shouldReportNothingElse() {
        logger.warn("no cause");
        logger.warn("another cause", new IllegalStateException());

        assertThat(failed.take()).isEmpty();
    }

    @Test
    void shouldWatchTheWholeRunWhenTheServiceFileIsOnTheClassPath() {
        LoggerContext watched = (LoggerContext) LoggerFactory.getILoggerFactory();

        assertThatCollection(watched.getTurboFilterList()).hasAtLeastOneElementOfType(FailedAssertions.class);
    }
}
