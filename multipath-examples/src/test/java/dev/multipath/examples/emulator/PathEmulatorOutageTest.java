package dev.multipath.examples.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.multipath.examples.testing.EventLoops;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** How paths and connections end, fail and come back. */
class PathEmulatorOutageTest extends PathEmulatorSetup {

    @Test
    void shouldLetNothingPassUntilRestoredWhenBlackholed() throws Exception {
        start(FAST);
        Ends ends = connect();
        byte[] up = randomBytes(24 * SOME_BYTES);
        byte[] down = randomBytes(24 * SOME_BYTES);
        Future<?> sendUp = send(ends.client(), up);
        Future<?> sendDown = send(ends.server(), down);
        Future<byte[]> receivedUp =
                background.submit(() -> ends.server().getInputStream().readNBytes(up.length));
        Future<byte[]> receivedDown =
                background.submit(() -> ends.client().getInputStream().readNBytes(down.length));
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
        send(ends.client(), bytes);
        send(ends.server(), bytes);

        assertThat(ends.client().getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
        await().during(QUIET).until(() -> bytes(Direction.TO_TARGET) == 0);

        path.restore();
        assertThat(ends.server().getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
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
                background.submit(() -> ends.server().getInputStream().read());

        ends.client().shutdownOutput();
        await().during(QUIET).until(() -> !received.isDone());

        path.restore();
        assertThat(received.get()).isEqualTo(-1);
    }

    @Test
    void shouldAbortBothSidesWhenReset() throws Exception {
        start(FAST);
        Ends ends = connect();
        path.blackhole();
        // Small enough not to be waited for: a writer would learn of the reset in the reader's stead.
        send(ends.client(), new byte[10_000]).get();

        path.reset();

        assertReset(ends.client());
        assertReset(ends.server());
        path.restore();
        assertThat(connect().server().isConnected()).isTrue();
        assertThat(path.counters().openConnections()).isEqualTo(1);
    }

    @Test
    void shouldResetEachConnectionWhileDown() throws Exception {
        start(FAST);
        Ends ends = connect();

        path.down();
        assertReset(ends.client());
        assertReset(ends.server());
        assertThatThrownBy(() -> dial().getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(path.counters().acceptedConnections()).isEqualTo(1);

        path.up();
        Ends again = connect();
        again.client().getOutputStream().write(7);
        assertThat(again.server().getInputStream().read()).isEqualTo(7);
    }

    @Test
    void shouldResetTheOtherSideWhenOneSideResets() throws Exception {
        start(FAST);
        Ends fromClient = connect();
        fromClient.client().setSoLinger(true, 0);
        fromClient.client().close();
        assertReset(fromClient.server());

        Ends fromServer = connect();
        fromServer.server().setSoLinger(true, 0);
        fromServer.server().close();
        assertReset(fromServer.client());
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

        Future<?> sent = send(ends.client(), question);
        Future<byte[]> received =
                background.submit(() -> ends.server().getInputStream().readAllBytes());
        sent.get();
        ends.client().shutdownOutput();
        assertThat(received.get()).isEqualTo(question);

        Future<byte[]> answered =
                background.submit(() -> ends.client().getInputStream().readAllBytes());
        send(ends.server(), answer).get();
        ends.server().shutdownOutput();
        assertThat(answered.get()).isEqualTo(answer);
        await().until(() -> path.counters().openConnections() == 0);
    }

    @Test
    void shouldPassOnAHalfCloseAfterTheBytesTheReceiverHasNotTaken() throws Exception {
        target.setReceiveBufferSize(64 * 1024);
        start(PathSettings.unlimited().withOneWayDelay(Duration.ofMillis(100)));
        Ends ends = connect();
        byte[] bytes = randomBytes(SOME_BYTES);
        ends.server().shutdownOutput();
        assertThat(ends.client().getInputStream().read()).isEqualTo(-1);
        send(ends.client(), bytes).get();
        ends.client().shutdownOutput();
        await().until(() -> bytes(Direction.TO_TARGET) == bytes.length);
        awaitQuiet(Direction.TO_TARGET);

        assertThat(ends.server().getInputStream().readAllBytes()).isEqualTo(bytes);
        await().until(() -> path.counters().openConnections() == 0);
    }

    @Test
    void shouldEndTheConnectionWhenBothSidesResetAtOnce() throws Exception {
        start(FAST.withOneWayDelay(Duration.ofMillis(300)));
        Ends ends = connect();
        ends.client().setSoLinger(true, 0);
        ends.server().setSoLinger(true, 0);

        ends.client().close();
        ends.server().close();

        await().until(() -> path.counters().openConnections() == 0);
    }

    @Test
    void shouldDropWhatIsOnTheWayWhenClosed() throws Exception {
        start(PathSettings.ofMbit(50, Duration.ofSeconds(20)));
        Ends ends = connect();
        Future<?> sentUp = send(ends.client(), new byte[SOME_BYTES]);
        send(ends.server(), new byte[SOME_BYTES]).get();
        sentUp.get();
        await().until(() -> allocator.metric().usedDirectMemory() > SOME_BYTES);

        path.close();
        path.close();
        path.update(PathSettings.unlimited());
        path.restore();

        assertReset(ends.client());
        assertReset(ends.server());
        assertThatThrownBy(this::dial).isInstanceOf(IOException.class);
    }

    @Test
    void shouldDropWhatIsOnTheWayWhenTheGroupIsShutDown() throws Exception {
        start(PathSettings.ofMbit(50, Duration.ofSeconds(20)));
        Ends ends = connect();
        send(ends.client(), new byte[SOME_BYTES]);
        await().until(() -> allocator.metric().usedDirectMemory() > SOME_BYTES / 2);

        EventLoops.shutDown(group);
        path.close();

        assertThat(allocator.metric().usedDirectMemory()).isZero();
        path = null;
    }
}
