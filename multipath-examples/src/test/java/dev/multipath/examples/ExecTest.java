package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code listen --exec}. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the commands are a POSIX shell's")
final class ExecTest {
    @TempDir
    private Path directory;

    @Test
    void shouldJoinTheCommandsStreamsToTheSession() throws Exception {
        byte[] data = new byte[2 << 20];
        new Random(7).nextBytes(data);
        try (RunningCommand server = listen("cat");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            client.sendAll(data);

            assertThat(client.output().readAllBytes()).isEqualTo(data);
            assertThat(client.exitCode()).isZero();
        }
    }

    @Test
    void shouldEndTheSessionWhenTheCommandsOutputEnds() throws Exception {
        try (RunningCommand server = listen("echo one; echo two");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-q", "never")) {
            assertThat(new String(client.output().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("one\ntwo\n");
            assertThat(client.exitCode()).isZero();
            assertThat(server.isRunning()).isTrue();
        }
    }

    /** The end of the input is told, so nobody has to guess by the silence of the peer. */
    @Test
    void shouldBringTheAnswerThatTheCommandGivesLongAfterTheEndOfItsInput() throws Exception {
        try (RunningCommand server = listen("cat > /dev/null; sleep 2; echo done");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-q", "100ms")) {
            client.sendAll(new byte[] {1, 2, 3});
            assertThat(new String(client.output().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("done\n");
            assertThat(client.exitCode()).isZero();
        }
    }

    @Test
    void shouldRunACommandPerSession() throws Exception {
        try (RunningCommand server = listen("cat");
                RunningCommand one = RunningCommand.start(server.addresses(), "connect", "-q", "never");
                RunningCommand other = RunningCommand.start(server.addresses(), "connect", "-q", "never")) {
            one.input().write('1');
            other.input().write('2');

            assertThat(other.output().read()).isEqualTo('2');
            assertThat(one.output().read()).isEqualTo('1');
        }
    }

    @Test
    void shouldLetTheCommandFinishWhatItWasSent() throws Exception {
        byte[] data = new byte[1 << 20];
        new Random(9).nextBytes(data);
        Path file = directory.resolve("received");
        try (RunningCommand server = listen("cat > '" + file + "'");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            client.sendAll(data);
            assertThat(client.exitCode()).isZero();

            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> Files.exists(file) && Files.size(file) == data.length);
            assertThat(Files.readAllBytes(file)).isEqualTo(data);
        }
    }

    @Test
    void shouldKillTheCommandWhenTheSessionEnds() throws Exception {
        Path pidFile = directory.resolve("pid");
        try (RunningCommand server = listen("echo $$ > '" + pidFile + "'; echo ready; sleep 1000; echo never");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-q", "0")) {
            assertThat(client.output().readNBytes(6)).asString().isEqualTo("ready\n");
            long pid = Long.parseLong(Files.readString(pidFile).strip());
            assertThat(ProcessHandle.of(pid)).isPresent();
            client.input().close();

            assertThat(client.exitCode()).isZero();
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> ProcessHandle.of(pid).isEmpty());
        }
    }

    private static RunningCommand listen(String command) {
        return RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "--exec", command);
    }
}
