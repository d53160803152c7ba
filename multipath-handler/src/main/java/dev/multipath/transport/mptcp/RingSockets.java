package dev.multipath.transport.mptcp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringIoOps;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Constructor;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has io_uring open sockets ({@code IORING_OP_SOCKET}), which Netty lets anybody ask for: by a ring of its own, whose thread
 * sleeps otherwise. The channels are epoll's. A server's is made by a public constructor. A client's would take itself for
 * connected then, and fire {@code channelActive} when it is registered; the constructor that Netty itself uses makes one
 * that is not, and is got at by reflection.
 */
final class RingSockets implements MptcpSockets {

    private static final byte IORING_OP_SOCKET = 45;

    /** One socket at a time, mostly. */
    private static final int RING_ENTRIES = 8;

    /** The kernel does it at once; this is for a thread that does not get a processor. */
    private static final long PATIENCE_SECONDS = 10;

    private final Constructor<?> linuxSocket;
    private final Constructor<EpollSocketChannel> inactiveChannel;
    private final IoEventLoop ring;

    private RingSockets(Constructor<?> linuxSocket, Constructor<EpollSocketChannel> inactiveChannel) {
        this.linuxSocket = linuxSocket;
        this.inactiveChannel = inactiveChannel;
        ring = new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("multipath-mptcp-sockets", true),
                        IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(RING_ENTRIES)))
                .next();
    }

    /**
     * Looks for what it needs, and starts the ring.
     *
     * @throws ReflectiveOperationException if Netty has changed
     * @throws RuntimeException if it is a module that does not open itself
     * @throws LinkageError if there is no io_uring
     */
    static RingSockets start() throws ReflectiveOperationException {
        IoUring.ensureAvailability();
        Class<?> linuxSocketType = Class.forName("io.netty.channel.epoll.LinuxSocket");
        Constructor<?> linuxSocket = linuxSocketType.getDeclaredConstructor(int.class);
        Constructor<EpollSocketChannel> channel =
                EpollSocketChannel.class.getDeclaredConstructor(linuxSocketType, boolean.class);
        linuxSocket.setAccessible(true);
        channel.setAccessible(true);
        return new RingSockets(linuxSocket, channel);
    }

    @Override
    public int open(int domain) throws IOException {
        SocketOperation operation = new SocketOperation(domain);
        ring.register(operation).addListener(operation::onRegistered);
        try {
            return operation.result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            operation.result.completeExceptionally(e);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while io_uring opened a socket");
        } catch (ExecutionException | TimeoutException e) {
            operation.result.completeExceptionally(e);
            throw new IOException("io_uring has not opened a socket", e);
        }
    }

    @Override
    public EpollSocketChannel channel(int descriptor) throws IOException {
        try {
            return inactiveChannel.newInstance(linuxSocket.newInstance(descriptor), false);
        } catch (ReflectiveOperationException e) {
            throw new IOException("no channel for a descriptor", e);
        }
    }

    @Override
    public EpollServerSocketChannel serverChannel(int descriptor) {
        return new EpollServerSocketChannel(descriptor);
    }

    private static final class SocketOperation implements IoUringIoHandle {

        final CompletableFuture<Integer> result = new CompletableFuture<>();
        private final int domain;

        SocketOperation(int domain) {
            this.domain = domain;
        }

        /** By the constructor that Netty has had all along: the other one came after 4.2.12. */
        @SuppressWarnings("deprecation")
        void onRegistered(Future<? super IoRegistration> registered) {
            if (!registered.isSuccess()) {
                result.completeExceptionally(registered.cause());
                return;
            }
            // The domain stands where a descriptor stands else, the type where an offset does, the protocol for a
            // length.
            ((IoRegistration) registered.getNow())
                    .submit(new IoUringIoOps(
                            IORING_OP_SOCKET,
                            (byte) 0,
                            (short) 0,
                            domain,
                            SOCK_STREAM_NONBLOCK_CLOEXEC,
                            0,
                            IPPROTO_MPTCP,
                            0,
                            (short) 0,
                            (short) 0,
                            (short) 0,
                            0,
                            0));
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            int descriptor = ((IoUringIoEvent) event).res();
            registration.cancel();
            if (!result.complete(descriptor) && descriptor >= 0) {
                // Nobody waits any more.
                closeQuietly(descriptor);
            }
        }

        private static void closeQuietly(int descriptor) {
            try {
                new FileDescriptor(descriptor).close();
            } catch (IOException e) {
                // It is closed all the same.
                return;
            }
        }

        @Override
        public void close() {
            result.completeExceptionally(new ClosedChannelException());
        }
    }
}
