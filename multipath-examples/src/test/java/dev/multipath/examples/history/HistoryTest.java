package dev.multipath.examples.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.ChildJvm;
import dev.multipath.testing.LastingPorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
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

    /** So that there are streams that live between two kills: so long, or {@link #LIVES} times what it took to come back. */
    private static final long KILL_MILLIS = 1500;

    private static final int LIVES = 2;

    private static final int POLL_MILLIS = 20;

    /** How long an end of the tunnel waits for the other, which may have been killed. */
    private static final String RESUMPTION = "10s";

    /**
     * Where nobody is killed, the other end is there however long the paths' faults keep them apart: on a busy machine a handshake
     * takes as long as it is to the next fault.
     */
    private static final String PATIENT_RESUMPTION = "90s";

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
                    "-Xmx400m"));
            command.addAll(ChildJvm.classPath());
            command.add(main);
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

        /**
         * By SIGKILL, so that it can say nothing any more. If it has ended before, {@code onExit()} would wait for another process
         * that has got its number since.
         */
        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        /** At ports that are known the tool says nothing; so it is tried. What it says later is nobody's business. */
        void awaitListening(List<String> ports) throws IOException, InterruptedException {
            ignoreOutput();
            for (String port : ports) {
                boolean listens = false;
                while (!listens) {
                    try {
                        new Socket("127.0.0.1", Integer.parseInt(port)).close();
                        listens = true;
                    } catch (ConnectException e) {
                        assertThat(process.isAlive()).as("the tool runs").isTrue();
                        Thread.sleep(POLL_MILLIS);
                    }
                }
            }
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
    void endAll() throws InterruptedException {
        for (Program program : programs) {
            program.kill();
        }
    }

    private Program start(Class<?> main, Object... arguments) throws IOException {
        return start(main.getName(), arguments);
    }

    private Program start(String main, Object... arguments) throws IOException {
        Program program = new Program(main, arguments);
        programs.add(program);
        return program;
    }

    private static String lastingPort() throws IOException {
        return Integer.toString(LastingPorts.free());
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

    /** The tunnel, and what is on either side of it. */
    private final class World {

        private final String name;
        private final String resumption;
        private final Program target;
        private final Program relays;
        private final String targetPort;
        private final List<String> exitPorts;
        private final String entryPort;
        private final String[] paths;
        private Program exit;
        private Program entry;

        /** @param exitMain what is at the far end of the tunnel, or {@code null} for the tool */
        World(String name, String resumption, StreamEnd.Ends ends, String exitMain)
                throws IOException, InterruptedException {
            this.name = name;
            this.resumption = resumption;
            Files.createDirectories(DIRECTORY);
            target = start(WorkloadServer.class, SEED, ends, file("server"));
            targetPort = target.line();
            if (exitMain == null) {
                exitPorts = List.of(lastingPort(), lastingPort());
                exit = startExit(exitPorts);
            } else {
                exit = start(exitMain, targetPort);
                exitPorts = ports(exit.line());
                exit.ignoreOutput();
            }
            relays = start(Relays.class, SEED, FAULT_MILLIS, ends, exitPorts.get(0), exitPorts.get(1));
            paths = relays.line().split(" ");
            entryPort = lastingPort();
            entry = startEntry();
        }

        Path file(String who) {
            return DIRECTORY.resolve(name + "-" + who + ".txt");
        }

        private Program startExit(List<String> ports) throws IOException, InterruptedException {
            Program program = startTool(
                    "listen",
                    "--bind",
                    "127.0.0.1",
                    "-p",
                    String.join(",", ports),
                    "--resume",
                    resumption,
                    "--relay",
                    "127.0.0.1:" + targetPort);
            program.awaitListening(ports);
            return program;
        }

        private Program startEntry() throws IOException, InterruptedException {
            Program program = startTool(
                    "connect",
                    "--listen",
                    entryPort,
                    "--resume",
                    resumption,
                    "127.0.0.1:" + paths[0],
                    "127.0.0.1:" + paths[1]);
            program.awaitListening(List.of(entryPort));
            return program;
        }

        Program startWorkload(int streams, StreamEnd.Ends ends) throws IOException {
            return start(WorkloadClient.class, entryPort, streams, CONCURRENT, SEED, ends, file("client"));
        }

        void killExit() throws IOException, InterruptedException {
            exit.kill();
            exit = startExit(exitPorts);
        }

        void killEntry() throws IOException, InterruptedException {
            entry.kill();
            entry = startEntry();
        }

        /** Ends all in order; then somebody else judges. */
        String judge(Program workload, Object... more) throws Exception {
            assertThat(workload.exitCode()).as(workload.rest()).isZero();
            relays.in.println("heal");
            int faults = Integer.parseInt(relays.line());
            target.in.close();
            assertThat(target.exitCode()).as(target.rest()).isZero();
            List<Object> arguments = new ArrayList<>(List.of(file("client"), file("server")));
            arguments.addAll(List.of(more));
            Program checker = start(Checker.class, arguments.toArray());
            String verdict = checker.rest();
            System.out.println("histories, " + name + ": " + faults + " faults on two paths; " + verdict.strip());
            assertThat(checker.exitCode()).as(verdict).isZero();
            assertThat(faults).isPositive();
            // A stream whose first connections are hit is refused; not all are.
            assertThat(verdict).doesNotContain(" 0 read to a clean end");
            return verdict;
        }
    }

    @Test
    void shouldBringEveryByteToItsPlaceAndEveryEndToItsReader() throws Exception {
        World world = new World("extended", PATIENT_RESUMPTION, StreamEnd.Ends.APART, null);

        world.judge(world.startWorkload(STREAMS, StreamEnd.Ends.APART));
    }

    /** Its sessions end with their last path, and have one end for both directions; what was cut never looks whole. */
    @Test
    void shouldNeverTakeACutStreamOfTheBaseProfileForWhole() throws Exception {
        World world = new World("base", RESUMPTION, StreamEnd.Ends.TOGETHER, "dev.multipath.examples.BaseExit");

        world.judge(world.startWorkload(STREAMS / 2, StreamEnd.Ends.TOGETHER), "--may-break");
    }

    /** Either process of the tunnel, in turn, while streams are under way. Only those may break that lived then. */
    @Test
    void shouldLoseOnlyWhatLivedWhenAProcessWasKilled() throws Exception {
        World world = new World("killed", RESUMPTION, StreamEnd.Ends.APART, null);
        Path kills = world.file("kills");
        Program workload = world.startWorkload(2 * STREAMS, StreamEnd.Ends.APART);

        try (History history = new History(kills)) {
            boolean isExit = true;
            long pauseMillis = KILL_MILLIS;
            while (!workload.process.waitFor(pauseMillis, TimeUnit.MILLISECONDS)) {
                long killedNanos = System.nanoTime();
                history.add(History.Event.KILL, 0, '-', 0);
                if (isExit) {
                    world.killExit();
                } else {
                    world.killEntry();
                }
                history.add(History.Event.BACK, 0, '-', 0);
                isExit = !isExit;
                long awayMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNanos);
                pauseMillis = Math.max(KILL_MILLIS, LIVES * awayMillis);
            }
        }

        assertThat(world.judge(workload, kills)).doesNotContain(" 0 processes killed");
    }
}
