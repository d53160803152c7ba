package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection on a UNIX socket, for a {@link BlockingBridge}: Netty 4.2.17's NIO channels for such sockets do not know
 * half-closure (AbstractNioByteChannel asks for a SocketChannelConfig), and its epoll ones are no better than those for TCP.
 */
public final class UnixStream implements BlockingSource, BlockingSink, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(UnixStream.class);

    /** Run by whichever thread needs the connection first; the others wait for it. */
    private final FutureTask<SocketChannel> opening;

    /** @param opener makes the connection, on the thread that reads or writes first; may block */
    public UnixStream(Callable<SocketChannel> opener) {
        this.opening = new FutureTask<>(opener);
    }

    private SocketChannel socket() throws IOException {
        opening.run();
        try {
            return opening.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        } catch (CancellationException e) {
            throw new IOException("the session ended before there was a connection", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    @Override
    public int readInto(ByteBuf buffer) throws IOException {
        return buffer.writeBytes(socket(), buffer.writableBytes());
    }

    @Override
    public void write(ByteBuf buffer) throws IOException {
        while (buffer.isReadable()) {
            buffer.readBytes(socket(), buffer.readableBytes());
        }
    }

    @Override
    public void end() throws IOException {
        SocketChannel socket = socket();
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            LOGGER.debug("the other side has left with all that there was", e);
        }
    }

    /** All that there is: such a socket knows no reset, but what its other side has not read becomes an error there. */
    @Override
    public void cut() {
        close();
    }

    /** Now, or as soon as there is a connection: then nobody gets it. */
    @Override
    public void close() {
        if (opening.cancel(true)) {
            return;
        }
        try {
            opening.get().close();
        } catch (ExecutionException | CancellationException | IOException e) {
            LOGGER.debug("there was nothing to close", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
