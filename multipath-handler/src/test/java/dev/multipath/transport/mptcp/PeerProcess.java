package dev.multipath.transport.mptcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A {@link MptcpPeer}. */
final class PeerProcess implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 120;

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    /**
     * Starts one.
     *
     * @param prefix of its command line, such as one that enters a namespace
     * @param java the JVM
     */
    PeerProcess(List<String> prefix, Path java, String... args) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                java.toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                MptcpPeer.class.getName()));
        command.addAll(List.of(args));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread reader = new Thread(this::read, "peer-process");
        reader.setDaemon(true);
        reader.start();
    }

    /** The JVM that this one is. */
    static Path ownJava() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("broken: " + e);
        }
        lines.add("broken: the process has ended");
    }

    /** Waits for a line. */
    String await(Predicate<String> wanted) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() - untilNanos < 0) {
            String line = lines.poll(1, TimeUnit.SECONDS);
            if (line == null) {
                continue;
            }
            seen.add(line);
            if (wanted.test(line)) {
                return line;
            }
            assertThat(line).as("of " + seen).doesNotStartWith("broken");
        }
        throw new AssertionError("no such line, but " + seen);
    }

    /** Waits for the port that it listens on. */
    String awaitPort() throws InterruptedException {
        return await(line -> line.startsWith("listening ")).substring("listening ".length());
    }

    /** Waits until so many numbers have come back, and returns how many have. */
    long awaitReceived(long least) throws InterruptedException {
        return receivedIn(await(line -> receivedIn(line) >= least));
    }

    static long receivedIn(String line) {
        int at = line.indexOf("received=");
        return at < 0 ? -1 : Long.parseLong(line.substring(at + "received=".length()));
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
