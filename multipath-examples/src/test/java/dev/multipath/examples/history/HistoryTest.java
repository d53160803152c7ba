package dev.multipath.examples.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The workload and its checker around the tool: {@code connect --listen} and {@code listen --relay}, two paths between them
 * on which everything happens, and on either side a process that knows nothing of them. {@code -Dhistory.streams=N} for more.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "its sockets' resets come at other times")
final class HistoryTest {

    private static final int STREAMS = Integer.getInteger("history.streams", 40);
    private static final int CONCURRENT = 12;
    private static final long SEED = Long.getLong("history.seed", 1);

    /** Mean, for both paths together. */
    private static final int FAULT_MILLIS = 250;

    /** For whole processes on a busy machine; by hand so many streams take longer. */
    private static final long TIME_LIMIT_SECONDS = 180 + STREAMS;

    private static final Pattern PORTS = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");

    private final List<Program> programs = new ArrayList<>();

    /** Kept, for who wants to look at them. */
    private static final Path DIRECTORY = Path.of("target", "histories");

    /** A process, to which lines are said, and which says lines. */
    private static final class Program {

        private final Process process;
        private final PrintStream in;
        private final BufferedReader out;

        Program(String main, Object... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx400m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    main));
            for (Object argument : arguments) {
                command.add(argument.toString());
            }
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            in = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        String line() throws IOException {
            return out.readLine();
        }

        /** What it has said when it has ended. */
        String rest() {
            StringBuilder text = new StringBuilder();
            out.lines().forEach(line -> text.append(line).append('\n'));
            return text.toString();
        }

        int exitCode() throws InterruptedException {
            assertThat(process.waitFor(TIME_LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("%s has ended", process.info().commandLine().orElse(""))
                    .isTrue();
            return process.exitValue();
        }

        /** What it says from now on is nobody's business, but has to go somewhere. */
        void ignoreOutput() {
            Thread reader = new Thread(() -> {
                try {
                    out.lines().forEach(line -> {});
                } catch (UncheckedIOException e) {
                    // It has been ended.
                }
            });
            reader.setDaemon(true);
            reader.start();
        }
    }

    @AfterEach
    void endAll() {
        programs.forEach(program -> program.process.destroyForcibly().onExit().join());
    }

    private Program start(Class<?> main, Object... arguments) throws IOException {
        return start(main.getName(), arguments);
    }

    private Program start(String main, Object... arguments) throws IOException {
        Program program = new Program(main, arguments);
        programs.add(program);
        return program;
    }

    private Program startTool(Object... arguments) throws IOException {
        return start("dev.multipath.examples.Main", arguments);
    }

    private static List<String> ports(String line) {
        List<String> ports = new ArrayList<>();
        Matcher matcher = PORTS.matcher(line);
        while (matcher.find()) {
            ports.add(matcher.group(1));
        }
        return ports;
    }

    @Test
    void shouldBringEveryByteToItsPlaceAndEveryEndToItsReader() throws Exception {
        Files.createDirectories(DIRECTORY);
        Path client = DIRECTORY.resolve("client.txt");
        Path server = DIRECTORY.resolve("server.txt");
        Program target = start(WorkloadServer.class, SEED, server);
        Program exit = startTool("listen", "--bind", "127.0.0.1", "-p", "0,0", "--relay", "127.0.0.1:" + target.line());
        List<String> listening = ports(exit.line());
        exit.ignoreOutput();
        Program relays = start(Relays.class, SEED, FAULT_MILLIS, listening.get(0), listening.get(1));
        String[] paths = relays.line().split(" ");
        Program entry = startTool("connect", "--listen", "0", "127.0.0.1:" + paths[0], "127.0.0.1:" + paths[1]);
        String port = ports(entry.line()).get(0);
        entry.ignoreOutput();

        Program workload = start(WorkloadClient.class, port, STREAMS, CONCURRENT, SEED, client);
        assertThat(workload.exitCode()).as(workload.rest()).isZero();
        relays.in.println("heal");
        int faults = Integer.parseInt(relays.line());
        target.in.close();
        assertThat(target.exitCode()).as(target.rest()).isZero();

        Program checker = start(Checker.class, client, server);
        String verdict = checker.rest();
        System.out.println("histories: " + faults + " faults on two paths; " + verdict.strip());
        assertThat(checker.exitCode()).as(verdict).isZero();
        assertThat(faults).isPositive();
        // A stream whose first connections are hit is refused; not all are.
        assertThat(verdict).doesNotContain(" 0 directions read to a clean end");
    }
}
