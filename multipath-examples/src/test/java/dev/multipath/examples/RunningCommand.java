package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.channels.ScatteringByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A command that runs in this process with pipes for its standard streams. */
final class RunningCommand implements AutoCloseable {
    /**
     * Generous: the machine may be busy with something else, and a process needs a second of a core before it says
     * anything. With fifty others in its way that took a minute.
     */
    static final Duration TIME_LIMIT = Duration.ofSeconds(120);

    private static final Pattern ADDRESSES = Pattern.compile("multipath: (?:listening on|tunnel entry at) (.*)\n");

    private final Pipe stdin = open();
    private final Pipe stdout = open();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private final OutputStream input = Channels.newOutputStream(stdin.sink());
    private final InputStream output = Channels.newInputStream(stdout.source());
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean inputBroken;

    private RunningCommand(String... args) {
        Stdio stdio = new Stdio(new Input(), stdout.sink(), new PrintStream(stderr, true, StandardCharsets.UTF_8));
        thread = new Thread(
                () -> {
                    try {
                        exitCode.complete(Main.execute(stdio, args));
                    } finally {
                        closeQuietly(stdout.sink());
                    }
                },
                "command " + String.join(" ", args));
        thread.start();
    }

    /** Starts a command. */
    static RunningCommand start(String... args) {
        return new RunningCommand(args);
    }

    /** Starts a command with more arguments behind the given ones. */
    static RunningCommand start(List<String> addresses, String... args) {
        return start(Stream.concat(Arrays.stream(args), addresses.stream()).toArray(String[]::new));
    }

    /** What it reads as standard input. */
    OutputStream input() {
        return input;
    }

    /** Has its standard input fail. */
    void breakInput() {
        inputBroken = true;
        closeQuietly(stdin.sink());
    }

    /** Standard input, whose end is a failure once it is broken. */
    private final class Input implements ScatteringByteChannel {
        @Override
        public int read(ByteBuffer buffer) throws IOException {
            return orFailure(stdin.source().read(buffer));
        }

        @Override
        public long read(ByteBuffer[] buffers) throws IOException {
            return orFailure(stdin.source().read(buffers));
        }

        @Override
        public long read(ByteBuffer[] buffers, int offset, int length) throws IOException {
            return orFailure(stdin.source().read(buffers, offset, length));
        }

        private <N extends Number> N orFailure(N count) throws IOException {
            if (count.longValue() < 0 && inputBroken) {
                throw new IOException("Input/output error");
            }
            return count;
        }

        @Override
        public boolean isOpen() {
            return stdin.source().isOpen();
        }

        @Override
        public void close() throws IOException {
            stdin.source().close();
        }
    }

    /** What it writes to standard output. */
    InputStream output() {
        return output;
    }

    /** Writes all of its standard input and ends it, on another thread. */
    CompletableFuture<Void> sendAll(byte[] bytes) {
        return CompletableFuture.runAsync(() -> {
            try (input) {
                input.write(bytes);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    String stderr() {
        return stderr.toString(StandardCharsets.UTF_8);
    }

    /** Waits for it to end; reading its output is the caller's. */
    int exitCode() throws Exception {
        return exitCode.get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    boolean isRunning() {
        return !exitCode.isDone();
    }

    /** Waits until it listens, and returns where. */
    List<String> addresses() {
        await().atMost(TIME_LIMIT)
                .until(() -> !isRunning() || ADDRESSES.matcher(stderr()).find());
        Matcher matcher = ADDRESSES.matcher(stderr());
        assertThat(matcher.find()).as(stderr()).isTrue();
        return List.of(matcher.group(1).split(", "));
    }

    /** Interrupts it if it still runs, and waits for its end. */
    void stop() {
        thread.interrupt();
        await().atMost(TIME_LIMIT).until(() -> !thread.isAlive());
    }

    @Override
    public void close() {
        stop();
        closeQuietly(stdin.sink());
        closeQuietly(stdin.source());
        closeQuietly(stdout.source());
    }

    private static Pipe open() {
        try {
            return Pipe.open();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void closeQuietly(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
