package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a line of the log looks like. */
final class LogLayoutTest {
    private static final String LINE_BREAK = System.lineSeparator();

    private final LoggerContext context = new LoggerContext();

    @AfterEach
    void tearDown() {
        Verbosity.set(0);
    }

    @Test
    void shouldPutTheReasonBehindTheMessage() {
        assertThat(layOut("a path was lost", new IOException("no \u001b[1mroute")))
                .isEqualTo("multipath: a path was lost: no \\u001b[1mroute" + LINE_BREAK);
        assertThat(layOut("a path was lost: no route", new IOException("no route")))
                .isEqualTo("multipath: a path was lost: no route" + LINE_BREAK);
        assertThat(layOut("two\nlines", null)).isEqualTo("multipath: two\\u000alines" + LINE_BREAK);
    }

    @Test
    void shouldShowTimeLevelLoggerAndTraceWhenAskedForDetails() {
        Verbosity.set(2);

        assertThat(layOut("a path was lost", null))
                .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  PathManager: a path was lost\\R");
        assertThat(layOut("a path was lost", new IOException("no \u001b[1mroute", new IllegalStateException("why"))))
                .containsPattern(": a path was lost\\Rjava\\.io\\.IOException: no \\\\u001b\\[1mroute\\R\tat ")
                .containsPattern("\\RCaused by: java\\.lang\\.IllegalStateException: why\\R")
                .endsWith(LINE_BREAK);
    }

    @Test
    void shouldLeaveTheLogToAFileThatIsNamed(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("log.xml"), """
                <configuration>
                  <appender name="OWN" class="ch.qos.logback.core.ConsoleAppender">
                    <target>System.err</target>
                    <encoder><pattern>mine: %msg%n</pattern></encoder>
                  </appender>
                  <root level="WARN"><appender-ref ref="OWN"/></root>
                </configuration>
                """);
        try (RunningProcess server = RunningProcess.startAfter(
                        ":",
                        List.of("-Dlogback.configurationFile=" + file),
                        "listen",
                        "-v",
                        "--bind",
                        "127.0.0.1",
                        "--echo");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            client.sendAll(new byte[1]);

            assertThat(client.exitCode()).isZero();
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> server.stderr().contains("mine: session 1: open"));
            assertThat(server.stderr()).doesNotContain("multipath: session");
        }
    }

    private String layOut(String message, Throwable failure) {
        LoggingEvent event = new LoggingEvent(
                LogLayoutTest.class.getName(),
                context.getLogger("dev.multipath.path.PathManager"),
                Level.WARN,
                message,
                failure,
                null);
        return new LogLayout().doLayout(event);
    }
}
