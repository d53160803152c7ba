package dev.multipath.examples.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.multipath.examples.testing.EventLoops;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * A {@link PathEmulator} between plain blocking sockets. After each test, whatever it left on the way, no channel and no
 * buffer of the emulator may remain.
 */
@Timeout(120)
abstract class PathEmulatorSetup {

    /** Long enough for a stray byte to come through, short enough to wait for nothing. */
    static final Duration QUIET = Duration.ofMillis(200);

    /** How long a busy machine may be too busy. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    static final int SOME_BYTES = 1_000_000;
    static final PathSettings FAST = PathSettings.ofMbit(400, Duration.ofMillis(2));

    final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    final ExecutorService background = Executors.newCachedThreadPool();
    final List<Socket> sockets = new ArrayList<>();
    RecordingGroup group;
    ServerSocket target;
    PathEmulator path;

    @BeforeEach
    void listen() throws IOException {
        group = new RecordingGroup(allocator);
        target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        if (path != null) {
            path.close();
            assertThat(group.channels).isNotEmpty();
            await().until(() -> group.channels.stream().noneMatch(Channel::isRegistered));
            await().until(() -> allocator.metric().usedDirectMemory() == 0
                    && allocator.metric().usedHeapMemory() == 0);
            assertThat(path.counters().openConnections()).isZero();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
        target.close();
        background.shutdownNow();
        assertThat(background.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        EventLoops.shutDown(group);
    }

    /** One event loop that remembers every channel it was given, and says where their buffers come from. */
    static final class RecordingGroup extends MultiThreadIoEventLoopGroup {
        final List<Channel> channels = new CopyOnWriteArrayList<>();
        private final ByteBufAllocator allocator;

        RecordingGroup(ByteBufAllocator allocator) {
            super(1, NioIoHandler.newFactory());
            this.allocator = allocator;
        }

        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory transport, Object... none) {
            return new SingleThreadIoEventLoop(this, executor, transport) {
                @Override
                public ChannelFuture register(Channel channel) {
                    channels.add(channel);
                    channel.config().setAllocator(allocator);
                    return super.register(channel);
                }
            };
        }
    }

    /** The two sockets that a path connects. */
    record Ends(Socket client, Socket server) {}

    void start(PathSettings settings) {
        path = PathEmulator.builder(targetAddress()).settings(settings).start(group);
    }

    InetSocketAddress targetAddress() {
        return (InetSocketAddress) target.getLocalSocketAddress();
    }

    Ends connect() throws IOException {
        return new Ends(dial(), accept());
    }

    Socket dial() throws IOException {
        Socket client = new Socket();
        sockets.add(client);
        client.setTcpNoDelay(true);
        client.connect(path.address());
        return client;
    }

    Socket accept() throws IOException {
        Socket server = target.accept();
        sockets.add(server);
        server.setTcpNoDelay(true);
        return server;
    }

    Future<?> send(Socket socket, byte[] bytes) {
        return background.submit(() -> {
            socket.getOutputStream().write(bytes);
            return null;
        });
    }

    long bytes(Direction direction) {
        PathCounters counters = path.counters();
        return direction == Direction.TO_TARGET ? counters.toTargetBytes() : counters.fromTargetBytes();
    }

    void awaitQuiet(Direction direction) {
        long[] last = {-1};
        await().during(QUIET).until(() -> last[0] == (last[0] = bytes(direction)));
    }

    /** Returns how many bytes a source can write that never waits for them to arrive. */
    long writeUntilStuck() throws IOException {
        try (SocketChannel source = SocketChannel.open()) {
            source.socket().setSendBufferSize(64 * 1024);
            source.connect(path.address());
            accept();
            source.configureBlocking(false);
            long[] written = {0};
            ByteBuffer zeros = ByteBuffer.allocate(16 * 1024);
            await().during(QUIET).until(() -> {
                long before = written[0];
                for (int bytes; (bytes = source.write(zeros.clear())) > 0; ) {
                    written[0] += bytes;
                }
                return written[0] == before;
            });
            return written[0];
        }
    }

    /** Sends for as long as anybody reads. */
    void sendOn(Socket socket) {
        background.submit(() -> {
            byte[] zeros = new byte[64 << 10];
            while (!socket.isClosed()) {
                socket.getOutputStream().write(zeros);
            }
            return null;
        });
    }

    /**
     * What comes at a socket on which a source sends without pause. A busy machine pauses, and then catches up with what the
     * kernel holds, so one stretch of the bytes tells little. A wrong rate is seen all the same: all of them together are
     * never too fast, and one that is too slow is so in each stretch.
     */
    static final class Arrivals {
        private final long startNanos = System.nanoTime();
        private final Socket socket;
        private long bytes;

        /** To be made before the source begins. */
        Arrivals(Socket socket) {
            this.socket = socket;
        }

        void read(int count) throws IOException {
            assertThat(socket.getInputStream().readNBytes(count)).hasSize(count);
            bytes += count;
        }

        /** Reads so many bytes, again and again, until they come at such a rate. */
        void assertMbit(int count, double least, double most) throws IOException {
            double mbit;
            long untilNanos = System.nanoTime() + PATIENCE.toNanos();
            do {
                mbit = readMbit(count);
            } while ((mbit < least || mbit > most) && System.nanoTime() < untilNanos);
            assertThat(mbit).isBetween(least, most);
        }

        /** At what rate so many bytes come. */
        double readMbit(int count) throws IOException {
            read(1);
            long beforeNanos = System.nanoTime();
            read(count);
            return mbit(count, beforeNanos);
        }

        double meanMbit() {
            return mbit(bytes, startNanos);
        }

        private static double mbit(long bytes, long sinceNanos) {
            return bytes * 8e3 / (System.nanoTime() - sinceNanos);
        }
    }

    /** None is shorter than the least, and on an idle machine some are not longer than the most. */
    static void assertRoundTripMillis(Ends ends, long least, long most) throws IOException {
        long shortest = Long.MAX_VALUE;
        long untilNanos = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0; i < 5 || (shortest > most && System.nanoTime() < untilNanos); i++) {
            long start = System.nanoTime();
            ends.client().getOutputStream().write(i);
            ends.server().getOutputStream().write(ends.server().getInputStream().read());
            assertThat(ends.client().getInputStream().read()).isEqualTo(i & 0xFF);
            shortest = Math.min(shortest, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        }
        assertThat(shortest).isBetween(least, most);
    }

    static void assertReset(Socket socket) {
        assertThatThrownBy(() -> socket.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
    }

    static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
