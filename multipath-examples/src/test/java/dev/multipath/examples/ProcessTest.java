package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.ChildJvm;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process: signals, pipes that break, memory. */
final class ProcessTest {
    private static final int PIPED_MEBIBYTES = 192;

    /** What is promised for a gigabyte; what a process holds does not grow with what passes through it. */
    private static final long MOST_RESIDENT_KIB = 300 * 1024;

    private static final String SMALL_RUNTIME = "java.naming,java.sql,jdk.jfr,jdk.management,jdk.unsupported";

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void kill() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void shouldKeepEveryByteInBoundedMemoryWhenPiped() throws Exception {
        // With the collector that users have.
        Process server = start(command(List.of(), "listen", "-p", "0,0", "--bind", "127.0.0.1"));
        Process client = start(command(List.of(), addresses(server, "connect")));
        CompletableFuture<Sent> sent = CompletableFuture.supplyAsync(() -> send(client));
        MessageDigest received = sha256();
        long residentKib = 0;
        byte[] buffer = new byte[1 << 20];
        try (InputStream output = server.getInputStream()) {
            for (int count = output.read(buffer); count >= 0; count = output.read(buffer)) {
                received.update(buffer, 0, count);
                residentKib = Math.max(residentKib, Math.max(peakResidentKib(server), peakResidentKib(client)));
            }
        }

        assertThat(sent).succeedsWithin(RunningCommand.TIME_LIMIT);
        assertThat(received.digest()).isEqualTo(sent.join().sha256());
        assertThat(exitCode(server)).isZero();
        assertThat(exitCode(client)).isZero();
        assertThat(residentKib).isLessThan(MOST_RESIDENT_KIB);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "ends processes without asking them")
    void shouldLeaveQuietlyAndAbortItsSessionWhenItIsTerminated() throws Exception {
        Process server = start("listen", "--bind", "127.0.0.1");
        Process client = start(addresses(server, "connect"));
        client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
        client.getOutputStream().flush();
        assertThat(server.getInputStream().readNBytes(5)).asString().isEqualTo("hello");

        client.toHandle().destroy(); // Process.destroy() would close our ends of its pipes too

        assertThat(exitCode(client)).isNotZero();
        assertThat(client.errorReader().readLine()).isNull();
        assertThat(exitCode(server)).isEqualTo(1);
        assertThat(server.errorReader().readLine())
                .isEqualTo("multipath: the peer reset the session, code 256: the program was interrupted");
    }

    @Test
    @EnabledOnOs(
            value = {OS.LINUX, OS.MAC},
            disabledReason = "needs a POSIX shell")
    void shouldEndWhenTheProgramBehindItsOutputHasGone() throws Exception {
        Process server = start("listen", "--bind", "127.0.0.1", "--exec", "yes");
        Process client = start(addresses(server, "connect"));
        assertThat(client.getInputStream().readNBytes(4)).asString().isEqualTo("y\ny\n");
        client.getInputStream().close();

        assertThat(exitCode(client)).isEqualTo(1);
        assertThat(client.errorReader().readLine()).startsWith("multipath: standard output: ");
        assertThat(client.errorReader().readLine()).isNull();
        assertThat(server.isAlive()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--help", "--version", "man connect", "generate-completion", "demo --size 1MiB --no-progress"})
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs /dev/full")
    void shouldSayThatNothingCouldBePrinted(String line) throws Exception {
        Process process = start(new ProcessBuilder(command(RunningProcess.SHORT_LIVED, line.split(" ")))
                .redirectOutput(new File("/dev/full")));

        assertThat(process.errorReader().readLine()).startsWith("multipath: standard output: ");
        assertThat(process.errorReader().readLine()).isNull();
        assertThat(exitCode(process)).isEqualTo(1);
    }

    /** It may need a ring of io_uring to find out, and the JDK may complain. */
    @Test
    void shouldNotLookForMptcpUnlessItIsTold(@TempDir Path directory) throws Exception {
        Path loaded = directory.resolve("loaded");
        Process server = start("listen", "--bind", "127.0.0.1", "--echo");
        Process client = start(command(List.of("-Xlog:class+load:file=" + loaded), addresses(server, "connect")));
        client.getOutputStream().close();

        assertThat(exitCode(client)).isZero();
        assertThat(Files.readString(loaded)).contains("MptcpTransport ").doesNotContain("MptcpSupport ");
    }

    /** As in a small runtime image; without fonts, or without the system's libraries for them, it is another error at the same place. */
    @Test
    void shouldSayBeforeTheRunThatNoPictureCanBeDrawn(@TempDir Path directory) throws Exception {
        Path picture = directory.resolve("run.png");
        Process process =
                start(command(List.of("--limit-modules", SMALL_RUNTIME), "demo", "--plot", picture.toString()));

        assertThat(process.errorReader().readLine()).contains("--plot", "no words can be drawn here");
        assertThat(exitCode(process)).isEqualTo(2);
        assertThat(picture).doesNotExist();
    }

    @Test
    void shouldMeasureNoLongerThanSomebodyReads() throws Exception {
        Process server = start("listen", "--bind", "127.0.0.1", "--bench");
        Process client = start(addresses(server, "bench", "-t", "12h", "--interval", "100ms"));
        assertThat(client.inputReader().readLine()).contains(" up ");
        client.getInputStream().close();

        assertThat(exitCode(client)).isEqualTo(1);
        assertThat(client.errorReader().readLine()).isNull();
    }

    /** Its number is one of the JVM's own files then, which must not be sent. */
    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs /proc and a POSIX shell")
    void shouldSendNothingWhenThereIsNoStandardInput() throws Exception {
        Process server = start("listen", "--bind", "127.0.0.1", "--echo");
        List<String> client = command(RunningProcess.SHORT_LIVED, addresses(server, "connect"));
        client.addAll(0, List.of("sh", "-c", "exec \"$@\" <&-", "sh"));
        Process process = start(client);

        assertThat(process.getInputStream().readAllBytes()).isEmpty();
        assertThat(exitCode(process)).isZero();
    }

    /** What a client was given. */
    private record Sent(byte[] sha256) {}

    private static Sent send(Process client) {
        MessageDigest digest = sha256();
        Random random = new Random(5);
        byte[] chunk = new byte[1 << 20];
        try (OutputStream input = client.getOutputStream()) {
            for (int i = 0; i < PIPED_MEBIBYTES; i++) {
                random.nextBytes(chunk);
                digest.update(chunk);
                input.write(chunk);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return new Sent(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The most the process ever held, where the system tells; else 0. */
    private static long peakResidentKib(Process process) throws IOException {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    private Process start(String... args) throws IOException {
        return start(command(RunningProcess.SHORT_LIVED, args));
    }

    private Process start(List<String> command) throws IOException {
        return start(new ProcessBuilder(command).redirectError(Redirect.PIPE));
    }

    private Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private static List<String> command(List<String> jvmOptions, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 24) {
            // In multipath.jar the manifest says so; without it newer JDKs warn on standard error.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(jvmOptions);
        command.addAll(ChildJvm.classPath());
        command.add(Main.class.getName());
        command.addAll(List.of(args));
        return command;
    }

    /** The given arguments and where the server listens. */
    private static String[] addresses(Process server, String... args) throws IOException {
        List<String> all = new ArrayList<>(List.of(args));
        BufferedReader errors = server.errorReader();
        String line = errors.readLine();
        assertThat(line).startsWith("multipath: listening on ");
        all.addAll(List.of(line.substring("multipath: listening on ".length()).split(", ")));
        return all.toArray(String[]::new);
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        return process.exitValue();
    }
}
