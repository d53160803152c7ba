package dev.multipath.testsuite.attack;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Map;

/** A child process's side of its conversation with the test: a command a line, a {@link Report} a line. */
final class Console {

    /** What a command does. */
    interface Command {
        Report run(String[] words) throws Exception;
    }

    private Console() {}

    /** Until the test has ended: no child outlives it. */
    static void serve(Report ready, Map<String, Command> commands) throws IOException {
        PrintStream out = System.out;
        out.println(ready.line());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            Report report;
            try {
                report = commands.get(words[0]).run(words);
            } catch (Throwable e) {
                report = Report.of("error", e.toString());
            }
            out.println(report.line());
        }
        Runtime.getRuntime().halt(0);
    }
}
