package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.testing.OneIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Standard streams and commands that are cut: the other end hears that it was so, and why. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "knows no signals, and the commands are a POSIX shell's")
final class CutStreamTest {
    @TempDir
    private Path directory;

    // ---- standard streams

    @OneIn(value = 3, share = 1)
    @ParameterizedTest
    @CsvSource({"listen, INT", "listen, TERM", "listen, KILL", "connect, INT", "connect, TERM", "connect, KILL"})
    void shouldFailWhenTheOtherProcessIsEndedInMidTransfer(String who, String signal) throws Exception {
        try (RunningProcess server =
                        RunningProcess.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "--resume", "1s");
                RunningProcess client = RunningProcess.start(server.addresses(), "connect", "--resume", "1s")) {
            writeForever(client);
            server.output().skipNBytes(1 << 20);
            CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> readAll(server));

            (who.equals("listen") ? server : client).signal(signal);

            RunningProcess other = who.equals("listen") ? client : server;
            assertThat(other.exitCode()).isEqualTo(1);
            if (!signal.equals("KILL")) {
                assertThat(other.stderr()).contains("code 256: the program was interrupted");
            }
            assertThat(reading).succeedsWithin(RunningCommand.TIME_LIMIT);
        }
    }

    /** The peer is frozen, so that the last word waits for it; the second signal does not wait for that. */
    @Test
    void shouldEndAtOnceWhenItIsInterruptedAgain() throws Exception {
        try (RunningProcess server = RunningProcess.start("listen", "--bind", "127.0.0.1", "--echo");
                RunningProcess client = RunningProcess.start(server.addresses(), "connect")) {
            client.input().write('x');
            client.input().flush();
            assertThat(client.output().read()).isEqualTo('x');
            server.signal("STOP");

            client.signal("INT");
            await().atMost(RunningCommand.TIME_LIMIT)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        client.signal("TERM");
                        return !client.isRunning();
                    });

            // The first signal's would be 130.
            assertThat(client.exitCode()).isEqualTo(143);
        }
    }

    /** Its own command ends too, at the same time, and with it what the word of the end goes over. */
    @ParameterizedTest
    @ValueSource(strings = {"listen", "connect"})
    void shouldWaitForNothingWhenItIsInterruptedAndItsPeerHeard(String who) throws Exception {
        try (RunningProcess server = RunningProcess.start("listen", "--bind", "127.0.0.1", "-vv");
                RunningProcess client = RunningProcess.start(server.addresses(), "connect", "-vv")) {
            client.input().write('x');
            client.input().flush();
            assertThat(server.output().read()).isEqualTo('x');
            RunningProcess interrupted = who.equals("listen") ? server : client;

            interrupted.signal("INT");

            assertThat(interrupted.exitCode()).isEqualTo(130);
            assertThat((who.equals("listen") ? client : server).exitCode()).isEqualTo(1);
            assertThat(interrupted.stderr()).doesNotContain("connections were still open");
        }
    }

    @Test
    void shouldAbortTheSessionWhenStandardInputFails() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--bind", "127.0.0.1");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
            client.input().write('x');
            assertThat(server.output().read()).isEqualTo('x');

            client.breakInput();

            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr())
                    .startsWith("multipath: standard input: ")
                    .hasLineCount(1);
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.stderr()).contains("code 259: standard input: ");
        }
    }

    // ---- commands

    @ParameterizedTest
    @ValueSource(strings = {"KILL", "TERM"})
    void shouldAbortTheSessionWhenTheCommandIsKilled(String signal) throws Exception {
        try (RunningCommand server = listen("echo begin; kill -" + signal + " $$; echo never");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-q", "never")) {
            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).contains("code 259: the command was ended by signal ");
            assertThat(server.isRunning()).isTrue();
        }
    }

    @Test
    void shouldBringTheWholeOutputOfACommandThatFails() throws Exception {
        try (RunningCommand server = listen("echo all; exit 3");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-q", "never")) {
            assertThat(client.output().readAllBytes()).asString().isEqualTo("all\n");
            assertThat(client.exitCode()).isZero();
        }
    }

    /** It would take the end of its input for that of the whole. */
    @Test
    void shouldKillTheCommandBeforeItSeesTheEndOfAnInputThatWasCut() throws Exception {
        Path whole = directory.resolve("whole");
        Path pidFile = directory.resolve("pid");
        try (RunningCommand server = listen(
                        "echo $$ > '" + pidFile + "'; echo ready; cat > /dev/null; echo done > '" + whole + "'");
                RunningProcess client = RunningProcess.start(server.addresses(), "connect")) {
            client.input().write('x');
            client.input().flush();
            assertThat(client.output().readNBytes(6)).asString().isEqualTo("ready\n");
            long pid = Long.parseLong(Files.readString(pidFile).strip());

            client.signal("INT");

            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> ProcessHandle.of(pid).isEmpty());
            assertThat(whole).doesNotExist();
        }
    }

    // ---- what a peer says

    @Test
    void shouldShowNothingOfAPeersWordsThatATerminalObeys() throws Exception {
        try (HostilePeer server = new HostilePeer("\u001b[2J\u202egone\r\nmultipath: forged");
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "-v")) {
            client.input().write('x');

            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr())
                    .contains("\\u001b[2J\\u202egone\\u000d\\u000amultipath: forged")
                    .doesNotContain("\u001b", "\u202e")
                    .doesNotContain("\nmultipath: forged");
        }
    }

    // ---- helpers

    private static RunningCommand listen(String command) {
        return RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "--exec", command);
    }

    private static void writeForever(RunningProcess process) {
        Thread writer = new Thread(() -> {
            byte[] chunk = new byte[64 * 1024];
            try {
                while (true) {
                    process.input().write(chunk);
                }
            } catch (IOException e) {
                // It has ended.
            }
        });
        writer.setDaemon(true);
        writer.start();
    }

    private static void readAll(RunningProcess process) {
        try {
            process.output().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
