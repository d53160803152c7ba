package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.testing.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A command in a process of its own, for what only a process has: signals, limits, an exit. */
final class RunningProcess implements AutoCloseable {
    private static final Pattern ADDRESSES = Pattern.compile("(?m)^multipath: (?:listening on|tunnel entry at) (.*)$");

    /** Options of a JVM that lives for seconds: what compilers and a collector of many threads do by then is never paid back. */
    static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private static final int SIGINT = 2;

    private final Process process;
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();

    private RunningProcess(List<String> command) throws IOException {
        process = new ProcessBuilder(interruptible(command)).start();
        Thread reader = new Thread(this::readErrors, "stderr of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a command with the addresses behind its arguments. */
    static RunningProcess start(List<String> addresses, String... args) throws IOException {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(addresses);
        return start(all.toArray(String[]::new));
    }

    static RunningProcess start(String... args) throws IOException {
        return new RunningProcess(command(List.of(), args));
    }

    /** Starts a command on whose class path something is missing. */
    static RunningProcess startWithout(String jar, String... args) throws IOException {
        List<String> command = command(List.of(), args);
        int classPath = command.indexOf("-cp") + 1;
        command.set(
                classPath,
                Arrays.stream(command.get(classPath).split(File.pathSeparator))
                        .filter(entry -> !entry.contains(jar))
                        .collect(Collectors.joining(File.pathSeparator)));
        return new RunningProcess(command);
    }

    /** Starts a command in a shell that has done something before, with more options for its JVM. */
    static RunningProcess startAfter(String shellCommand, List<String> jvmOptions, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", shellCommand + "; exec \"$@\"", "sh"));
        command.addAll(command(jvmOptions, args));
        return new RunningProcess(command);
    }

    /** A build that was started in the background ignores SIGINT, and so would all its children. */
    private static List<String> interruptible(List<String> command) throws IOException {
        if (!ignoresInterrupts()) {
            return command;
        }
        List<String> all = new ArrayList<>(List.of("env", "--default-signal=INT"));
        all.addAll(command);
        return all;
    }

    private static boolean ignoresInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        long ignored = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16))
                .findFirst()
                .orElse(0);
        return (ignored & 1L << SIGINT - 1) != 0;
    }

    /** Has another program start a command. */
    static RunningProcess startBy(List<String> program, String... args) throws IOException {
        List<String> command = new ArrayList<>(program);
        command.addAll(command(List.of(), args));
        return new RunningProcess(command);
    }

    private static List<String> command(List<String> jvmOptions, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 24) {
            // In multipath.jar the manifest says so; without it newer JDKs warn on standard error.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(SHORT_LIVED);
        command.addAll(jvmOptions);
        command.addAll(ChildJvm.classPath());
        command.add(Main.class.getName());
        command.addAll(List.of(args));
        return command;
    }

    private void readErrors() {
        byte[] buffer = new byte[8192];
        try (InputStream errors = process.getErrorStream()) {
            for (int count = errors.read(buffer); count >= 0; count = errors.read(buffer)) {
                synchronized (stderr) {
                    stderr.write(buffer, 0, count);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    OutputStream input() {
        return process.getOutputStream();
    }

    InputStream output() {
        return process.getInputStream();
    }

    long pid() {
        return process.pid();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    String stderr() {
        synchronized (stderr) {
            return stderr.toString(StandardCharsets.UTF_8);
        }
    }

    /** Waits until it listens, and returns where. */
    List<String> addresses() {
        await().atMost(RunningCommand.TIME_LIMIT)
                .until(() -> !isRunning() || ADDRESSES.matcher(stderr()).find());
        Matcher matcher = ADDRESSES.matcher(stderr());
        assertThat(matcher.find()).as(stderr()).isTrue();
        return List.of(matcher.group(1).split(", "));
    }

    /** Sends a signal by its name. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid())).start();
        kill.waitFor();
    }

    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("the process has ended")
                .isTrue();
        return process.exitValue();
    }

    /** Not by {@code onExit()}: if this has ended before, that would wait for another process that has got its number since. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
