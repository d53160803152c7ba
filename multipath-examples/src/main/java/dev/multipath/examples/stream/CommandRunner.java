package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
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
 * session ends when the command's output does; the command is killed when the session is lost, or a grace time after it
 * ended, in which it may finish what it was sent.
 */
public final class CommandRunner implements AutoCloseable {
    /** Enough for {@code cat > file} to write what it has in its pipe, short enough not to pile up processes. */
    private static final Duration GRACE = Duration.ofSeconds(2);

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
            session.close();
            return;
        }
        running.add(process);
        process.onExit().thenRun(() -> running.remove(process));
        InputStream output = process.getInputStream();
        BlockingBridge bridge = new BlockingBridge(
                "exec-" + process.pid(),
                buffer -> buffer.writeBytes(output, buffer.writableBytes()),
                new CommandInput(process.getOutputStream()));
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

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** A command that stops reading (such as {@code head}) has not failed: the rest of its input is thrown away. */
    private static final class CommandInput implements BlockingSink {
        private final OutputStream stream;
        private boolean refused;

        CommandInput(OutputStream stream) {
            this.stream = stream;
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
