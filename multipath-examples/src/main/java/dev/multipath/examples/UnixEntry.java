package dev.multipath.examples;

import dev.multipath.examples.stream.BlockingBridge;
import dev.multipath.examples.stream.BlockingSink;
import dev.multipath.examples.stream.Reasons;
import io.netty.buffer.ByteBuf;
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

/**
 * A tunnel's entry on a UNIX socket, which two blocking threads serve for each connection: Netty 4.2.17's NIO channels for such
 * sockets do not know half-closure (AbstractNioByteChannel asks for a SocketChannelConfig), and its epoll ones are no better than
 * those for TCP.
 */
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
            BlockingBridge bridge = new BlockingBridge(
                    "unix", buffer -> buffer.writeBytes(client, buffer.writableBytes()), new ClientOutput(client));
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

    /** What the client reads. */
    private record ClientOutput(SocketChannel client) implements BlockingSink {
        @Override
        public void write(ByteBuf buffer) throws IOException {
            while (buffer.isReadable()) {
                buffer.readBytes(client, buffer.readableBytes());
            }
        }

        @Override
        public void end() {
            try {
                client.shutdownOutput();
            } catch (IOException e) {
                LOGGER.debug("the client has left with all that there was", e);
            }
        }

        /** All that there is: such a socket knows no reset, but what it has not read becomes an error of the client's. */
        @Override
        public void cut() {
            closeQuietly(client);
        }
    }
}
