package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one command per session through the system's shell, its standard input and output joined to the session. The
 * session ends when the command's output does, and is aborted if a signal has ended the command; the command is killed when
 * the session is lost, before it sees the end of its input, or a grace time after the session ended, in which it may finish
 * what it was sent.
 */
public final class CommandRunner implements AutoCloseable {
    /** Enough for {@code cat > file} to write what it has in its pipe, short enough not to pile up processes. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** From here on an exit code is that of a shell for a command, or of Java for a process, which a signal has ended. */
    private static final int SIGNALLED = 128;

    private static final boolean WINDOWS =
            System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    private static final Logger LOGGER = LoggerFactory.getLogger(CommandRunner.class);

    private final String command;
    private final Set<Process> running = ConcurrentHashMap.newKeySet();

    /** @param command as the shell takes it */
    public CommandRunner(String command) {
        this.command = command;
    }

    /**
     * Starts the command for the session of that context and joins the two behind it; called on the session's event loop,
     * which the start of a process holds up for a few milliseconds.
     */
    public void start(ChannelHandlerContext ctx) {
        Channel session = ctx.channel();
        Process process;
        try {
            process = new ProcessBuilder(
                            WINDOWS ? new String[] {"cmd", "/c", command} : new String[] {"sh", "-c", command})
                    .redirectError(Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            LOGGER.warn("exec: {}", Reasons.of(e));
            Breakage.abandon(session, AbortReason.COMMAND_FAILED, Reasons.of(e));
            return;
        }
        running.add(process);
        process.onExit().thenRun(() -> running.remove(process));
        InputStream output = process.getInputStream();
        BlockingBridge bridge = new BlockingBridge(
                "exec-" + process.pid(),
                buffer -> {
                    int readBytes = buffer.writeBytes(output, buffer.writableBytes());
                    if (readBytes < 0) {
                        requireNotKilled(process);
                    }
                    return readBytes;
                },
                new CommandInput(process));
        Executor afterGrace = CompletableFuture.delayedExecutor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
        session.closeFuture().addListener(closed -> afterGrace.execute(() -> kill(process)));
        bridge.ended().whenComplete((nothing, failure) -> {
            if (failure != null) {
                LOGGER.warn("exec: {}", Reasons.of(failure));
                kill(process);
            }
        });
        session.pipeline().addAfter(ctx.name(), null, bridge);
    }

    /** Kills every command that still runs. */
    @Override
    public void close() {
        running.forEach(CommandRunner::kill);
    }

    /** The output of a command that was killed has an end like any other, but is not whole. */
    private static void requireNotKilled(Process process) throws IOException {
        try {
            // Who closes its output and goes on has not failed.
            if (process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS) && !WINDOWS) {
                int signal = process.exitValue() - SIGNALLED;
                if (signal > 0) {
                    throw new IOException("the command was ended by signal " + signal);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    /** The shell first: it would go on when a command of its has gone. */
    private static void kill(Process process) {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    /** A command that stops reading (such as {@code head}) has not failed: the rest of its input is thrown away. */
    private static final class CommandInput implements BlockingSink {
        private final Process process;
        private final OutputStream stream;
        private boolean refused;

        CommandInput(Process process) {
            this.process = process;
            this.stream = process.getOutputStream();
        }

        @Override
        public void write(ByteBuf buffer) {
            if (refused) {
                return;
            }
            try {
                buffer.readBytes(stream, buffer.readableBytes());
                stream.flush();
            } catch (IOException e) {
                refused = true;
                LOGGER.debug("the command reads no more", e);
            }
        }

        /** A command takes any end of its input for whole: it must not live to see it. */
        @Override
        public void cut() {
            kill(process);
            end();
        }

        @Override
        public void end() {
            try {
                stream.close();
            } catch (IOException e) {
                LOGGER.debug("the command had closed its input", e);
            }
        }
    }
}
