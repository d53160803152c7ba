package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.OneIn;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions that have ended leave nothing: no entry, no channel, no handshake, no timer; buffers are the leak guard's. */
class ManySessionsTest {

    private static final int BYTES = 3000;

    @Test
    void shouldLeaveNothingBehindAfterAThousandSessionsInARow() throws Exception {
        runInARow(TestTransport.NIO, 1000);
    }

    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NIO")
    void shouldLeaveNothingBehindAfterSessionsInARow(TestTransport transport) throws Exception {
        runInARow(transport, 100);
    }

    private static void runInARow(TestTransport transport, int sessions) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Echo::new, 2);
            for (int i = 0; i < sessions; i++) {
                Recorder client = new Recorder();
                // Not waiting for the second path: it may join, or be on its way, or find the session gone.
                peers.clientBootstrap(client)
                        .connect(peers.server().localAddress())
                        .sync();
                client.send(BYTES, BYTES);
                client.awaitReceived(BYTES);
                client.channel().close().sync();
                assertThat(client.exceptions()).isEmpty();
            }
            assertNothingLeft(peers);
        }
    }

    @OneIn(2)
    @ParameterizedTest
    @EnumSource
    void shouldLeaveNothingBehindAfterTwoHundredSessionsAtOnce(TestTransport transport) throws Exception {
        int sessions = 200;
        try (Peers peers = new Peers(transport)) {
            peers.listen(Echo::new, 2);
            List<Recorder> clients = new ArrayList<>();
            List<ChannelFuture> connects = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                Recorder client = new Recorder();
                clients.add(client);
                connects.add(
                        peers.clientBootstrap(client).connect(peers.server().localAddress()));
            }
            for (ChannelFuture connect : connects) {
                connect.sync();
            }
            peers.awaitSessions(sessions);
            assertThat(peers.server().sessionCount()).isEqualTo(sessions);
            clients.forEach(client -> client.send(BYTES, BYTES));
            clients.forEach(client -> client.awaitReceived(BYTES));
            List<ChannelFuture> closings = new ArrayList<>();
            clients.forEach(client -> closings.add(client.channel().close()));
            for (ChannelFuture closing : closings) {
                closing.sync();
            }
            assertNothingLeft(peers);
            assertThat(clients).allMatch(client -> client.exceptions().isEmpty());
        }
    }

    private static void assertNothingLeft(Peers peers) throws Exception {
        peers.awaitNothingLeft();
        for (EventLoopGroup group : peers.groups()) {
            for (EventExecutor loop : group) {
                eventually().until(() -> loop.submit(() -> scheduledTasks(loop)).get() == 0);
            }
        }
    }

    /** There is no other way to see the timers of an event loop. */
    private static int scheduledTasks(EventExecutor loop) throws ReflectiveOperationException {
        Field field = AbstractScheduledEventExecutor.class.getDeclaredField("scheduledTaskQueue");
        field.setAccessible(true);
        Collection<?> queue = (Collection<?>) field.get(loop);
        return queue == null ? 0 : queue.size();
    }
}
