package dev.multipath.examples.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.local.LocalIoHandler;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link PathEmulator} between plain blocking sockets. After each test, whatever it left on the way, no channel and no
 * buffer of the emulator may remain.
 */
@ParameterizedClass
@MethodSource("transports")
@Timeout(120)
class PathEmulatorTest {

    /** Long enough for a stray byte to come through, short enough to wait for nothing. */
    private static final Duration QUIET = Duration.ofMillis(200);

    private static final int SOME_BYTES = 1_000_000;
    private static final PathSettings FAST = PathSettings.ofMbit(400, Duration.ofMillis(2));

    @Parameter
    IoHandlerFactory transport;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final ExecutorService background = Executors.newCachedThreadPool();
    private final List<Socket> sockets = new ArrayList<>();
    private RecordingGroup group;
    private ServerSocket target;
    private PathEmulator path;

    static Stream<Named<IoHandlerFactory>> transports() {
        Stream<Named<IoHandlerFactory>> nio = Stream.of(Named.of("NIO", NioIoHandler.newFactory()));
        return Epoll.isAvailable()
                ? Stream.concat(nio, Stream.of(Named.of("epoll", EpollIoHandler.newFactory())))
                : nio;
    }

    @BeforeEach
    void listen() throws IOException {
        group = new RecordingGroup(transport);
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
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void shouldCarryAllBytesUnchangedWhenBothSidesSendAtOnce() throws Exception {
        start(FAST);
        Ends ends = connect();
        byte[] up = randomBytes(4 * SOME_BYTES);
        byte[] down = randomBytes(4 * SOME_BYTES);

        Future<?> sendUp = send(ends.client, up);
        Future<?> sendDown = send(ends.server, down);
        Future<byte[]> received =
                background.submit(() -> ends.client.getInputStream().readNBytes(down.length));

        assertThat(ends.server.getInputStream().readNBytes(up.length)).isEqualTo(up);
        assertThat(received.get()).isEqualTo(down);
        sendUp.get();
        sendDown.get();
        PathCounters counters = path.counters();
        assertThat(counters).isEqualTo(new PathCounters(up.length, down.length, 1, 1));
    }

    @Test
    void shouldCarryAllBytesUnchangedWhenUnlimited() throws Exception {
        start(PathSettings.unlimited());
        Ends ends = connect();
        byte[] bytes = randomBytes(32 * SOME_BYTES);

        send(ends.client, bytes);

        assertThat(ends.server.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    @Test
    void shouldKeepTheRateWhenTheSourceSendsWithoutPause() throws Exception {
        start(PathSettings.ofMbit(40, Duration.ofMillis(5)));
        Ends ends = connect();
        send(ends.server, new byte[6 * SOME_BYTES]);

        double mbit = receiveMbit(ends.client, 5 * SOME_BYTES);

        assertThat(mbit).isBetween(30.0, 42.0);
    }

    @Test
    void shouldKeepTheRateWhenTheQueueIsShorterThanATimersTick() throws Exception {
        start(PathSettings.ofMbit(100, Duration.ZERO).withQueueBytes(4096));
        Ends ends = connect();
        send(ends.client, new byte[7 * SOME_BYTES]);

        double mbit = receiveMbit(ends.server, 6 * SOME_BYTES);

        assertThat(mbit).isBetween(70.0, 105.0);
    }

    @Test
    void shouldTakeTwiceTheDelayWhenBytesGoThereAndBack() throws Exception {
        start(PathSettings.unlimited().withOneWayDelay(Duration.ofMillis(30)));
        Ends ends = connect();

        assertThat(shortestRoundTripMillis(ends)).isBetween(60L, 150L);

        path.update(settings -> settings.withOneWayDelay(Duration.ofMillis(1)));
        assertThat(shortestRoundTripMillis(ends)).isBetween(2L, 50L);
    }

    @Test
    void shouldTakeTheNewRateWhenItIsChangedUnderWay() throws Exception {
        start(PathSettings.ofMbit(1, Duration.ZERO));
        Ends ends = connect();
        send(ends.client, new byte[20 * SOME_BYTES]);
        ends.server.getInputStream().readNBytes(10_000);

        path.update(settings -> settings.withRateMbit(200));
        assertThat(receiveMbit(ends.server, 10 * SOME_BYTES)).isBetween(100.0, 250.0);

        path.update(settings -> settings.withRateMbit(8));
        // What was on its way in the kernel's buffers comes first.
        ends.server.getInputStream().readNBytes(SOME_BYTES);
        assertThat(receiveMbit(ends.server, SOME_BYTES)).isBetween(6.0, 9.0);
        assertThat(path.settings().rateBitsPerSecond()).isEqualTo(8_000_000);
    }

    @Test
    void shouldShareTheRateWhenTwoConnectionsSend() throws Exception {
        start(PathSettings.ofMbit(40, Duration.ZERO));
        Ends one = connect();
        Ends other = connect();
        byte[] bytes = new byte[8 * SOME_BYTES];
        send(one.client, bytes);
        send(other.client, bytes);
        Future<Double> otherMbit = background.submit(() -> receiveMbit(other.server, 2 * SOME_BYTES));

        assertThat(receiveMbit(one.server, 2 * SOME_BYTES)).isBetween(13.0, 27.0);
        assertThat(otherMbit.get()).isBetween(13.0, 27.0);
    }

    @Test
    void shouldLetOthersPassWhenOneReceiverDoesNotRead() throws Exception {
        start(FAST);
        Ends stuck = connect();
        Ends other = connect();
        byte[] bytes = randomBytes(4 * SOME_BYTES);
        send(stuck.client, new byte[64 * SOME_BYTES]);
        awaitQuiet(Direction.TO_TARGET);

        send(other.client, bytes);

        assertThat(other.server.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    @Test
    void shouldLetNothingPassUntilRestoredWhenBlackholed() throws Exception {
        start(FAST);
        Ends ends = connect();
        byte[] up = randomBytes(24 * SOME_BYTES);
        byte[] down = randomBytes(24 * SOME_BYTES);
        Future<?> sendUp = send(ends.client, up);
        Future<?> sendDown = send(ends.server, down);
        Future<byte[]> receivedUp =
                background.submit(() -> ends.server.getInputStream().readNBytes(up.length));
        Future<byte[]> receivedDown =
                background.submit(() -> ends.client.getInputStream().readNBytes(down.length));
        await().until(() -> bytes(Direction.TO_TARGET) > SOME_BYTES && bytes(Direction.FROM_TARGET) > SOME_BYTES);

        path.blackhole();
        PathCounters before = path.counters();
        await().during(QUIET).until(() -> path.counters().equals(before));
        assertThat(sendUp).isNotDone();
        assertThat(sendDown).isNotDone();

        path.restore();
        assertThat(receivedUp.get()).isEqualTo(up);
        assertThat(receivedDown.get()).isEqualTo(down);
    }

    @Test
    void shouldBlockOneDirectionOnlyWhenThatIsBlackholed() throws Exception {
        start(FAST);
        Ends ends = connect();
        byte[] bytes = randomBytes(SOME_BYTES);

        path.blackhole(Direction.TO_TARGET);
        send(ends.client, bytes);
        send(ends.server, bytes);

        assertThat(ends.client.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
        await().during(QUIET).until(() -> bytes(Direction.TO_TARGET) == 0);

        path.restore();
        assertThat(ends.server.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    @Test
    void shouldKeepNewConnectionsWaitingWhenBlackholed() throws Exception {
        start(FAST);
        path.blackhole();
        Socket client = dial();
        client.getOutputStream().write(7);
        await().during(QUIET).until(() -> path.counters().acceptedConnections() == 0);

        path.restore();

        assertThat(accept().getInputStream().read()).isEqualTo(7);
    }

    @Test
    void shouldHoldBackTheEndWhenBlackholed() throws Exception {
        start(FAST);
        Ends ends = connect();
        path.blackhole();
        Future<Integer> received =
                background.submit(() -> ends.server.getInputStream().read());

        ends.client.shutdownOutput();
        await().during(QUIET).until(() -> !received.isDone());

        path.restore();
        assertThat(received.get()).isEqualTo(-1);
    }

    @Test
    void shouldAbortBothSidesWhenReset() throws Exception {
        start(FAST);
        Ends ends = connect();
        send(ends.client, new byte[SOME_BYTES]);
        path.blackhole();

        path.reset();

        assertReset(ends.client);
        assertReset(ends.server);
        path.restore();
        assertThat(connect().server.isConnected()).isTrue();
        assertThat(path.counters().openConnections()).isEqualTo(1);
    }

    @Test
    void shouldResetEachConnectionWhileDown() throws Exception {
        start(FAST);
        Ends ends = connect();

        path.down();
        assertReset(ends.client);
        assertReset(ends.server);
        assertThatThrownBy(() -> dial().getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(path.counters().acceptedConnections()).isEqualTo(1);

        path.up();
        Ends again = connect();
        again.client.getOutputStream().write(7);
        assertThat(again.server.getInputStream().read()).isEqualTo(7);
    }

    @Test
    void shouldResetTheOtherSideWhenOneSideResets() throws Exception {
        start(FAST);
        Ends fromClient = connect();
        fromClient.client.setSoLinger(true, 0);
        fromClient.client.close();
        assertReset(fromClient.server);

        Ends fromServer = connect();
        fromServer.server.setSoLinger(true, 0);
        fromServer.server.close();
        assertReset(fromServer.client);
        await().until(() -> path.counters().openConnections() == 0);
    }

    @Test
    void shouldResetTheClientWhenTheTargetDoesNotListen() throws Exception {
        start(FAST);
        target.close();

        assertThatThrownBy(() -> dial().getInputStream().read()).isInstanceOf(SocketException.class);
        await().until(() -> path.counters().openConnections() == 0);
    }

    @Test
    void shouldPassOnAHalfCloseAfterTheBytesBeforeIt() throws Exception {
        start(FAST);
        Ends ends = connect();
        byte[] question = randomBytes(SOME_BYTES);
        byte[] answer = randomBytes(SOME_BYTES);

        Future<?> sent = send(ends.client, question);
        Future<byte[]> received =
                background.submit(() -> ends.server.getInputStream().readAllBytes());
        sent.get();
        ends.client.shutdownOutput();
        assertThat(received.get()).isEqualTo(question);

        Future<byte[]> answered =
                background.submit(() -> ends.client.getInputStream().readAllBytes());
        send(ends.server, answer).get();
        ends.server.shutdownOutput();
        assertThat(answered.get()).isEqualTo(answer);
        await().until(() -> path.counters().openConnections() == 0);
    }

    @Test
    void shouldTakeLittleMoreThanTheQueueFromTheSourceWhenThePathIsSlow() throws Exception {
        int queueBytes = 100_000;
        start(PathSettings.ofMbit(0.1, Duration.ZERO).withQueueBytes(queueBytes));

        long held = writeUntilStuck() - bytes(Direction.TO_TARGET);

        // Beside the queue: the source's send buffer and the relay's receive buffer, which Linux doubles.
        assertThat(held).isBetween((long) queueBytes, queueBytes + 2L * (64 + 128) * 1024 + 100_000);
    }

    @Test
    void shouldTakeBoundedBytesFromTheSourceWhenTheReceiverDoesNotRead() throws Exception {
        target.setReceiveBufferSize(64 * 1024);
        start(PathSettings.unlimited());

        long held = writeUntilStuck();

        // Four socket buffers, doubled by Linux, and what the relay itself may hold.
        assertThat(held).isLessThan(2L * (64 + 128 + 128 + 64) * 1024 + 3 * 128 * 1024);
    }

    @Test
    void shouldDropWhatIsOnTheWayWhenClosed() throws Exception {
        start(PathSettings.ofMbit(50, Duration.ofSeconds(20)));
        Ends ends = connect();
        send(ends.client, new byte[SOME_BYTES]);
        send(ends.server, new byte[SOME_BYTES]);
        await().until(() -> allocator.metric().usedDirectMemory() > SOME_BYTES);

        path.close();
        path.close();
        path.update(PathSettings.unlimited());
        path.restore();

        assertReset(ends.client);
        assertReset(ends.server);
        assertThatThrownBy(this::dial).isInstanceOf(IOException.class);
    }

    @Test
    void shouldDropWhatIsOnTheWayWhenTheGroupIsShutDown() throws Exception {
        start(PathSettings.ofMbit(50, Duration.ofSeconds(20)));
        Ends ends = connect();
        send(ends.client, new byte[SOME_BYTES]);
        await().until(() -> allocator.metric().usedDirectMemory() > SOME_BYTES / 2);

        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
        path.close();

        assertThat(allocator.metric().usedDirectMemory()).isZero();
        path = null;
    }

    @Test
    void shouldListenOnThePortThatIsGiven() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        path = PathEmulator.builder(targetAddress())
                .label("wifi")
                .bindPort(port)
                .start(group);

        assertThat(path.address().getPort()).isEqualTo(port);
        assertThat(path.toString()).contains("wifi");
    }

    @Test
    void shouldKeepItsSettingsWhenTheNewOnesCannotBe() {
        start(FAST);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> path.update(settings -> settings.withRateMbit(-1)))
                .withMessageContaining("rateMbit: -1");
        assertThat(path.settings()).isEqualTo(FAST);
    }

    @Test
    void shouldSayWhatItExpectsWhenItCannotRelay() {
        EventLoopGroup local = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
        try {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PathEmulator.start(local, FAST, targetAddress()))
                    .withMessageContaining("NIO or epoll");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PathEmulator.builder(InetSocketAddress.createUnresolved("nowhere.invalid", 1)))
                    .withMessageContaining("resolved");
        } finally {
            local.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /** One event loop that remembers every channel it was given. */
    private static final class RecordingGroup extends MultiThreadIoEventLoopGroup {
        final List<Channel> channels = new CopyOnWriteArrayList<>();

        RecordingGroup(IoHandlerFactory transport) {
            super(1, transport);
        }

        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory transport, Object... none) {
            return new SingleThreadIoEventLoop(this, executor, transport) {
                @Override
                public ChannelFuture register(Channel channel) {
                    channels.add(channel);
                    return super.register(channel);
                }
            };
        }
    }

    /** The two sockets that a path connects. */
    private record Ends(Socket client, Socket server) {}

    private void start(PathSettings settings) {
        path = PathEmulator.builder(targetAddress())
                .settings(settings)
                .allocator(allocator)
                .start(group);
    }

    private InetSocketAddress targetAddress() {
        return (InetSocketAddress) target.getLocalSocketAddress();
    }

    private Ends connect() throws IOException {
        return new Ends(dial(), accept());
    }

    private Socket dial() throws IOException {
        Socket client = new Socket();
        sockets.add(client);
        client.setTcpNoDelay(true);
        client.connect(path.address());
        return client;
    }

    private Socket accept() throws IOException {
        Socket server = target.accept();
        sockets.add(server);
        server.setTcpNoDelay(true);
        return server;
    }

    private Future<?> send(Socket socket, byte[] bytes) {
        return background.submit(() -> {
            socket.getOutputStream().write(bytes);
            return null;
        });
    }

    private long bytes(Direction direction) {
        PathCounters counters = path.counters();
        return direction == Direction.TO_TARGET ? counters.toTargetBytes() : counters.fromTargetBytes();
    }

    private void awaitQuiet(Direction direction) {
        long[] last = {-1};
        await().during(QUIET).until(() -> last[0] == (last[0] = bytes(direction)));
    }

    /** Returns how many bytes a source can write that never waits for them to arrive. */
    private long writeUntilStuck() throws IOException {
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

    private static double receiveMbit(Socket socket, int bytes) throws IOException {
        socket.getInputStream().readNBytes(1);
        long start = System.nanoTime();
        assertThat(socket.getInputStream().readNBytes(bytes)).hasSize(bytes);
        return bytes * 8e3 / (System.nanoTime() - start);
    }

    private static long shortestRoundTripMillis(Ends ends) throws IOException {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            ends.client.getOutputStream().write(i);
            ends.server.getOutputStream().write(ends.server.getInputStream().read());
            assertThat(ends.client.getInputStream().read()).isEqualTo(i);
            shortest = Math.min(shortest, System.nanoTime() - start);
        }
        return TimeUnit.NANOSECONDS.toMillis(shortest);
    }

    private static void assertReset(Socket socket) {
        assertThatThrownBy(() -> socket.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
    }

    private static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
