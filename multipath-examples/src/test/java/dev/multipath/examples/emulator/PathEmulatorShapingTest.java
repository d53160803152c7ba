package dev.multipath.examples.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.multipath.examples.testing.EventLoops;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What passes, how fast, how late, and how much is held. */
class PathEmulatorShapingTest extends PathEmulatorSetup {

    @Test
    void shouldCarryAllBytesUnchangedWhenBothSidesSendAtOnce() throws Exception {
        start(FAST);
        Ends ends = connect();
        byte[] up = randomBytes(4 * SOME_BYTES);
        byte[] down = randomBytes(4 * SOME_BYTES);

        Future<?> sendUp = send(ends.client(), up);
        Future<?> sendDown = send(ends.server(), down);
        Future<byte[]> received =
                background.submit(() -> ends.client().getInputStream().readNBytes(down.length));

        assertThat(ends.server().getInputStream().readNBytes(up.length)).isEqualTo(up);
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

        send(ends.client(), bytes);

        assertThat(ends.server().getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    @Test
    void shouldKeepTheRateWhenTheSourceSendsWithoutPause() throws Exception {
        start(PathSettings.ofMbit(40, Duration.ofMillis(5)));
        Ends ends = connect();
        Arrivals arrivals = new Arrivals(ends.client());
        sendOn(ends.server());

        arrivals.assertMbit(5 * SOME_BYTES, 20, 48);
        assertThat(arrivals.meanMbit()).isLessThan(48);
    }

    @Test
    void shouldKeepTheRateWhenTheQueueIsShorterThanATimersTick() throws Exception {
        start(PathSettings.ofMbit(100, Duration.ZERO).withQueueBytes(4096));
        Ends ends = connect();
        Arrivals arrivals = new Arrivals(ends.server());
        sendOn(ends.client());

        // 4096 bytes a millisecond, without catching up, would be 33.
        arrivals.assertMbit(6 * SOME_BYTES, 45, 120);
        assertThat(arrivals.meanMbit()).isLessThan(120);
    }

    @Test
    void shouldTakeTwiceTheDelayWhenBytesGoThereAndBack() throws Exception {
        start(PathSettings.unlimited().withOneWayDelay(Duration.ofMillis(30)));
        Ends ends = connect();

        assertRoundTripMillis(ends, 60, 300);

        path.update(settings -> settings.withOneWayDelay(Duration.ofMillis(1)));
        assertRoundTripMillis(ends, 2, 55);
    }

    @Test
    void shouldTakeTheNewRateWhenItIsChangedUnderWay() throws Exception {
        start(PathSettings.ofMbit(1, Duration.ZERO));
        Ends ends = connect();
        Arrivals arrivals = new Arrivals(ends.server());
        sendOn(ends.client());
        arrivals.read(10_000);

        path.update(settings -> settings.withRateMbit(200));
        arrivals.assertMbit(10 * SOME_BYTES, 20, 400);

        path.update(settings -> settings.withRateMbit(8));
        // What was on its way in the kernel's buffers comes first.
        arrivals.read(SOME_BYTES);
        arrivals.assertMbit(SOME_BYTES, 4, 12);
        assertThat(path.settings().rateBitsPerSecond()).isEqualTo(8_000_000);
    }

    @Test
    void shouldShareTheRateWhenTwoConnectionsSend() throws Exception {
        start(PathSettings.ofMbit(40, Duration.ZERO));
        Ends one = connect();
        Ends other = connect();
        Arrivals ofOne = new Arrivals(one.server());
        Arrivals ofOther = new Arrivals(other.server());
        sendOn(one.client());
        sendOn(other.client());
        List<Double> mbit;
        long untilNanos = System.nanoTime() + PATIENCE.toNanos();
        do {
            Future<Double> mbitOfOther = background.submit(() -> ofOther.readMbit(2 * SOME_BYTES));
            mbit = List.of(ofOne.readMbit(2 * SOME_BYTES), mbitOfOther.get());
        } while (!mbit.stream().allMatch(each -> each > 10 && each < 30) && System.nanoTime() < untilNanos);

        assertThat(mbit).allMatch(each -> each > 10 && each < 30);
        assertThat(ofOne.meanMbit() + ofOther.meanMbit()).isLessThan(48);
    }

    @Test
    void shouldLetOthersPassWhenOneReceiverDoesNotRead() throws Exception {
        start(FAST);
        Ends stuck = connect();
        Ends other = connect();
        byte[] bytes = randomBytes(4 * SOME_BYTES);
        send(stuck.client(), new byte[64 * SOME_BYTES]);
        awaitQuiet(Direction.TO_TARGET);

        send(other.client(), bytes);

        assertThat(other.server().getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
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
                    .withMessageContaining("group of NIO");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PathEmulator.builder(InetSocketAddress.createUnresolved("nowhere.invalid", 1)))
                    .withMessageContaining("resolved");
        } finally {
            EventLoops.shutDown(local);
        }
    }
}
