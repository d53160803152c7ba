package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** SIGTERM with {@code --drain}: sessions finish first. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no SIGTERM")
final class DrainOnTermTest {

    @Test
    void shouldLetSessionsFinishAndTakeNoNewOnes() throws Exception {
        try (RunningProcess server =
                        RunningProcess.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "--echo", "--drain", "1h");
                RunningProcess client = RunningProcess.start(server.addresses(), "connect", "-v")) {
            echo(client, "before");

            server.signal("TERM");

            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> client.stderr().contains("going away"));
            try (RunningCommand late = RunningCommand.start(server.addresses(), "connect")) {
                assertThat(late.exitCode()).isEqualTo(1);
                assertThat(late.stderr()).contains("the server is closing");
            }
            echo(client, "afterwards");
            assertThat(server.isRunning()).isTrue();
            client.input().close();
            assertThat(client.exitCode()).isZero();
            assertThat(server.exitCode()).isZero();
            assertThat(server.stderr().lines()).hasSize(1);
        }
    }

    @Test
    void shouldCutWhatIsLeftAtTheDeadline() throws Exception {
        try (RunningProcess server = RunningProcess.start(
                        "listen", "-p", "0,0", "--bind", "127.0.0.1", "--echo", "--drain", "10ms");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            echo(client, "before");

            server.signal("TERM");

            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).contains("the server is closing");
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.stderr()).endsWith("multipath: sessions that had not ended in time were cut: 1\n");
        }
    }

    @Test
    void shouldEndAtOnceWithoutSessions() throws Exception {
        try (RunningProcess server = RunningProcess.start("listen", "--bind", "127.0.0.1", "--drain", "1h")) {
            server.addresses();
            server.signal("TERM");
            assertThat(server.exitCode()).isZero();
        }
    }

    @Test
    void shouldAbortAtTheSecondSignal() throws Exception {
        try (RunningProcess server = RunningProcess.start("listen", "--bind", "127.0.0.1", "--echo", "--drain", "1h");
                RunningProcess client = RunningProcess.start(server.addresses(), "connect", "-v")) {
            echo(client, "before");
            server.signal("TERM");
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> client.stderr().contains("going away"));

            server.signal("TERM");

            assertThat(server.exitCode()).isEqualTo(143);
            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).contains("code 256: the program was interrupted");
        }
    }

    private static void echo(RunningCommand client, String word) throws IOException {
        echo(client.input(), client.output(), word);
    }

    private static void echo(RunningProcess client, String word) throws IOException {
        echo(client.input(), client.output(), word);
    }

    private static void echo(OutputStream input, InputStream output, String word) throws IOException {
        input.write(word.getBytes(StandardCharsets.UTF_8));
        input.flush();
        assertThat(output.readNBytes(word.length())).asString().isEqualTo(word);
    }
}
