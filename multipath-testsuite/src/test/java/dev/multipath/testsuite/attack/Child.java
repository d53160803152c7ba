package dev.multipath.testsuite.attack;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** A process of its own that the test talks to. One conversation at a time. */
final class Child implements AutoCloseable {

    /** For an answer; a process whose memory is full is slow, and not dead. */
    private static final int ANSWER_LIMIT_SECONDS = 120;

    private final Process process;
    private final PrintStream out;
    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(1000);
    private final Report ready;

    private Child(Process process) throws Exception {
        this.process = process;
        out = new PrintStream(process.getOutputStream(), true);
        Thread reader = new Thread(this::read, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
        ready = answer();
    }

    static Child start(Class<?> main, List<String> jvmArguments, String... arguments) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"), "-ea", "-XX:-OmitStackTraceInFastThrow"));
        command.addAll(jvmArguments);
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(List.of(arguments));
        return new Child(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.put(line);
            }
        } catch (IOException | InterruptedException e) {
            // The end of the process, or of the test.
        }
    }

    /** What it said when it began. */
    Report ready() {
        return ready;
    }

    synchronized Report ask(String command) throws Exception {
        out.println(command);
        return answer();
    }

    private Report answer() throws Exception {
        String line = null;
        for (int i = 0; i < ANSWER_LIMIT_SECONDS && line == null; i++) {
            line = lines.poll(1, TimeUnit.SECONDS);
            if (line == null && !process.isAlive()) {
                throw new AssertionError("the process has ended with " + process.exitValue());
            }
        }
        if (line == null) {
            throw new AssertionError("no answer");
        }
        Report report = Report.parse(line);
        if (!report.text("error").isEmpty()) {
            throw new AssertionError(report.text("error"));
        }
        return report;
    }

    @Override
    public void close() {
        out.close();
        try {
            if (process.waitFor(10, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
