package dev.multipath.examples.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The Go program of {@code src/test/go}, built once per test run, and one process of it. Thread safe. */
final class GoPeer implements Peer {

    private static final Path SOURCES = Path.of("src", "test", "go");
    private static final Path TARGET = Path.of("target", "interop");
    /** The modules are fetched in the first build of a fresh machine. */
    private static final long BUILD_MINUTES = 5;
    /** More than a case's own limits, which say better what happened. */
    private static final String TIMEOUT = "120s";

    private static final Pattern ADDRESS = Pattern.compile("\"127\\.0\\.0\\.1:(\\d+)\"");

    private final Process process;
    private final Path log;
    private final CompletableFuture<List<InetSocketAddress>> ready = new CompletableFuture<>();
    private final CompletableFuture<Outcome> end = new CompletableFuture<>();
    private volatile String lastProgress = "";

    private GoPeer(final Process process, final Path log) {
        this.process = process;
        this.log = log;
        final Thread reader = new Thread(this::readEvents, "gopeer-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    static boolean goIsInstalled() {
        return Stream.of(System.getenv("PATH").split(Pattern.quote(System.getProperty("path.separator"))))
                .map(directory -> Path.of(directory, "go"))
                .anyMatch(Files::isExecutable);
    }

    /** Builds the program; fails with the compiler's words. */
    static Path build() throws IOException, InterruptedException {
        Files.createDirectories(TARGET);
        final Path program = TARGET.resolve("gopeer").toAbsolutePath();
        final Path log = TARGET.resolve("go-build.log");
        final Process build = new ProcessBuilder("go", "build", "-o", program.toString(), ".")
                .directory(SOURCES.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!build.waitFor(BUILD_MINUTES, TimeUnit.MINUTES)) {
            build.destroyForcibly();
            throw new IOException("go build takes more than " + BUILD_MINUTES + " minutes");
        }
        if (build.exitValue() != 0) {
            throw new IOException("go build failed: " + Files.readString(log));
        }
        return program;
    }

    /** Starts a server that listens on {@code paths} loopback ports and serves one session. */
    static GoPeer server(final Path program, final String name, final int paths, final List<String> arguments)
            throws IOException {
        final String listen = String.join(",", Collections.nCopies(paths, "127.0.0.1:0"));
        return start(program, name, List.of("server", "-listen", listen), arguments);
    }

    static GoPeer client(
            final Path program,
            final String name,
            final List<InetSocketAddress> addresses,
            final List<String> arguments)
            throws IOException {
        final List<String> hosts = addresses.stream()
                .map(address -> "127.0.0.1:" + address.getPort())
                .toList();
        return start(program, name, List.of("client", "-connect", String.join(",", hosts)), arguments);
    }

    private static GoPeer start(
            final Path program, final String name, final List<String> role, final List<String> arguments)
            throws IOException {
        final Path log = TARGET.resolve(name + ".log");
        final List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(role);
        command.addAll(arguments);
        command.addAll(List.of("-timeout", TIMEOUT, "-progress", "1s"));
        return new GoPeer(
                new ProcessBuilder(command).redirectError(log.toFile()).start(), log);
    }

    static List<String> arguments(final Job job, final long streamBytes, final int writeBytes, final long seed) {
        return List.of(
                "-mode", job.mode(),
                "-bytes", Long.toString(streamBytes),
                "-write", Integer.toString(writeBytes),
                "-seed", Long.toString(seed));
    }

    /** A server's addresses, when it listens. */
    CompletableFuture<List<InetSocketAddress>> ready() {
        return ready;
    }

    /** Fails also when the process dies without a word. */
    @Override
    public CompletableFuture<Outcome> end() {
        return end;
    }

    /** What the application there had read and written a second ago at most. */
    @Override
    public String progress() {
        return lastProgress;
    }

    /** What the library has logged, and a stack of each goroutine after {@link #dumpStacks}. */
    List<String> log() throws IOException {
        return Files.readAllLines(log);
    }

    /** Ends the process with a stack of each goroutine in its log, for who wants to see where it hung. */
    void dumpStacks() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid()))
                .start()
                .waitFor();
        process.waitFor(5, TimeUnit.SECONDS);
    }

    Optional<Integer> exitCode() throws InterruptedException {
        return process.waitFor(10, TimeUnit.SECONDS) ? Optional.of(process.exitValue()) : Optional.empty();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void readEvents() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line; (line = lines.readLine()) != null; ) {
                final String event = text(line, "event");
                switch (event) {
                    case "ready" -> ready.complete(addresses(line));
                    case "progress" -> lastProgress = line;
                    case "result" -> end.complete(new Outcome(number(line, "bytes"), text(line, "sha256")));
                    case "error" -> end.completeExceptionally(new IOException("the Go peer says " + line));
                    default -> {
                        // "connected": the tap sees more of it
                    }
                }
            }
            final IOException silent = new IOException("the Go peer ended without a result; see " + log);
            ready.completeExceptionally(silent);
            end.completeExceptionally(silent);
        } catch (final IOException e) {
            ready.completeExceptionally(e);
            end.completeExceptionally(e);
        }
    }

    private static List<InetSocketAddress> addresses(final String line) {
        final List<InetSocketAddress> addresses = new ArrayList<>();
        for (final Matcher matcher = ADDRESS.matcher(line); matcher.find(); ) {
            addresses.add(new InetSocketAddress("127.0.0.1", Integer.parseInt(matcher.group(1))));
        }
        return addresses;
    }

    /** The flat objects of the Go peer need no parser. */
    private static String text(final String line, final String key) {
        final Matcher matcher =
                Pattern.compile('"' + key + "\":\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(line);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static long number(final String line, final String key) {
        final Matcher matcher = Pattern.compile('"' + key + "\":(\\d+)").matcher(line);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }
}
