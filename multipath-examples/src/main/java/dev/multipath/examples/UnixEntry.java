package dev.multipath.examples;

import dev.multipath.examples.stream.BlockingBridge;
import dev.multipath.examples.stream.Reasons;
import dev.multipath.examples.stream.UnixStream;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tunnel's entry on a UNIX socket, which two blocking threads serve for each connection: {@link UnixStream} has why. */
final class UnixEntry implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(UnixEntry.class);

    private final Path file;
    private final ServerSocketChannel listener;

    private UnixEntry(Path file, ServerSocketChannel listener) {
        this.file = file;
        this.listener = listener;
    }

    /**
     * Listens; takes the place of a socket on which nobody answers.
     *
     * @throws IOException in words for one line
     */
    static UnixEntry open(Path file) throws IOException {
        try {
            removeIfDead(file);
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                listener.bind(UnixDomainSocketAddress.of(file));
            } catch (IOException e) {
                listener.close();
                throw e;
            }
            LOGGER.info("tunnel entry at unix:{}", file);
            return new UnixEntry(file, listener);
        } catch (IOException e) {
            throw new IOException("cannot listen on unix:" + file + ": " + Reasons.of(e), e);
        }
    }

    /** A process that was killed leaves its socket's file behind. */
    private static void removeIfDead(Path file) throws IOException {
        if (!Files.exists(file) || Files.isRegularFile(file) || Files.isDirectory(file)) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
            LOGGER.debug("{} is in use: {}", file, probe);
        } catch (IOException e) {
            LOGGER.debug("{} is dead", file, e);
            Files.deleteIfExists(file);
        }
    }

    /**
     * Accepts connections until it is closed, or its thread interrupted.
     *
     * @param dialer begins to connect a session that has this bridge in its pipeline
     */
    void serve(Function<BlockingBridge, Future<?>> dialer) throws IOException {
        while (true) {
            SocketChannel client;
            try {
                client = listener.accept();
            } catch (ClosedChannelException e) {
                LOGGER.debug("{} accepts no more", file, e);
                return;
            }
            UnixStream stream = new UnixStream(() -> client);
            BlockingBridge bridge = new BlockingBridge("unix", stream, stream);
            bridge.ended().whenComplete((nothing, failure) -> {
                if (failure != null) {
                    LOGGER.info("relay: {}", Reasons.of(failure));
                }
                closeQuietly(client);
            });
            dialer.apply(bridge).addListener(connecting -> {
                if (!connecting.isSuccess()) {
                    LOGGER.warn("relay: {}", Reasons.of(connecting.cause()));
                    closeQuietly(client);
                }
            });
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Files.deleteIfExists(file);
    }

    private static void closeQuietly(SocketChannel client) {
        try {
            client.close();
        } catch (IOException e) {
            LOGGER.debug("close failed", e);
        }
    }
}
