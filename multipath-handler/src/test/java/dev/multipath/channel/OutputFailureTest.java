package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.SubflowView;
import dev.multipath.session.MultipathException;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionResetException;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.IllegalReferenceCountException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Something fails by the application's fault while its session takes what was written, or sends it: the session ends, both
 * ends hear that this is not the stream's end, and nothing waits for ever.
 */
class OutputFailureTest {

    private static final int BUFFER_BYTES = 1 << 20;

    /** More than two ends hold, so that the rest waits in the channel. */
    private static final int TOO_MUCH = 4 * BUFFER_BYTES;

    private static final RuntimeException FAILURE = new IllegalStateException("not the library's fault");

    private static ServerBootstrap smallServer(Peers peers, boolean reading) {
        return peers.serverBootstrap(Recorder::new)
                .childOption(MultipathChannelOption.RECEIVE_BUFFER_BYTES, BUFFER_BYTES)
                .childOption(ChannelOption.AUTO_READ, reading);
    }

    private static Bootstrap smallClient(Peers peers) {
        return peers.clientBootstrap(new Recorder()).option(MultipathChannelOption.SEND_BUFFER_BYTES, BUFFER_BYTES);
    }

    private static void assertClosed(Channel channel) throws InterruptedException {
        assertThat(channel.closeFuture().await(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .as("closed")
                .isTrue();
    }

    private static Throwable causeOf(ChannelFuture write) throws InterruptedException {
        assertThat(write.await(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .as("the write is done")
                .isTrue();
        return write.cause();
    }

    private static void assertReset(Recorder end) {
        end.awaitInactive();
        assertThat(end.exceptions()).singleElement().isInstanceOf(SessionResetException.class);
    }

    @ParameterizedTest
    @CsvSource({"0,true", "1000,true", "200000,true", "0,false", "200000,false"})
    void shouldEndWhenAFileFailsAtOnce(int goodBytes, boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, true), 2);
            Channel client =
                    peers.connect(smallClient(peers).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
            Recorder server = peers.accepted();
            FailingRegion region = new FailingRegion(goodBytes, FAILURE);

            ChannelFuture write = client.writeAndFlush(region);

            assertThat(causeOf(write)).hasStackTraceContaining(FAILURE.getMessage());
            assertThat(region.refCnt()).isZero();
            assertClosed(client);
            server.awaitInactive();
            assertThat(server.exceptions())
                    .singleElement()
                    .isInstanceOf(extended ? SessionResetException.class : MultipathException.class);
            peers.awaitNothingLeft();
        }
    }

    /** It need not look at what becomes of its writes: its event loop must come to what tells it of the end all the same. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellOfTheEndWhoWritesAsLongAsItCan(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, true), 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
            Recorder server = peers.accepted();
            client.send(Long.MAX_VALUE / 2, 1000);
            eventually().until(() -> server.receivedBytes() > BUFFER_BYTES);

            server.session().abort(ResetFrame.FIRST_APPLICATION_CODE, "enough");

            client.awaitInactive();
            assertThat(client.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldEndWhenAFileFailsThatHasWaitedForRoom() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, false), 2);
            Channel client = peers.connect(smallClient(peers));
            Recorder server = peers.accepted();
            FailingRegion region = new FailingRegion(TOO_MUCH, FAILURE);
            ChannelFuture write = client.writeAndFlush(region);
            ChannelFuture behind = client.writeAndFlush(Pattern.bytes(client.alloc(), 0, 10));
            eventually().until(() -> region.transferred() >= BUFFER_BYTES);
            assertThat(write.isDone()).isFalse();

            server.channel().config().setAutoRead(true);

            assertThat(causeOf(write)).hasStackTraceContaining(FAILURE.getMessage());
            assertThat(causeOf(behind)).isNotNull();
            assertThat(region.refCnt()).isZero();
            assertClosed(client);
            assertReset(server);
            peers.awaitNothingLeft();
        }
    }

    /** Queued behind others that wait for room, the buffer is looked at when there is some, or when the channel closes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndWhenABufferIsReleasedWhileItWaits(boolean closed) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, false), 2);
            Channel client = peers.connect(smallClient(peers));
            Recorder server = peers.accepted();
            client.write(Pattern.bytes(client.alloc(), 0, TOO_MUCH));
            ByteBuf released = Pattern.bytes(client.alloc(), TOO_MUCH, 1000);
            ChannelFuture write = client.writeAndFlush(released);
            client.eventLoop().submit(() -> {}).sync();
            assertThat(write.isDone()).isFalse();

            released.release();
            if (closed) {
                client.close();
            }
            server.channel().config().setAutoRead(true);

            assertThat(causeOf(write)).hasStackTraceContaining(IllegalReferenceCountException.class.getName());
            assertClosed(client);
            assertReset(server);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldEndWhenABufferIsReleasedThatAShutdownOfTheOutputFlushes() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, false), 2);
            MultipathChannel client = peers.connect(smallClient(peers));
            Recorder server = peers.accepted();
            client.write(Pattern.bytes(client.alloc(), 0, TOO_MUCH));
            ByteBuf released = Pattern.bytes(client.alloc(), TOO_MUCH, 1000);
            ChannelFuture write = client.writeAndFlush(released);
            client.eventLoop().submit(() -> {}).sync();
            released.release();

            ChannelFuture shutdown = client.shutdownOutput();
            server.channel().config().setAutoRead(true);

            assertThat(causeOf(write)).hasStackTraceContaining(IllegalReferenceCountException.class.getName());
            causeOf(shutdown);
            assertClosed(client);
            assertReset(server);
            peers.awaitNothingLeft();
        }
    }

    /** Whatever {@code AUTO_CLOSE} says: half of a file is no message, so that its session cannot go on. */
    @ParameterizedTest
    @CsvSource({"true,0", "false,0", "true,200000", "false,200000"})
    void shouldEndWhenAFileCannotBeReadWhateverAutoCloseSays(boolean autoClose, int goodBytes) throws Exception {
        IOException cause = new IOException("cannot be read");
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, true), 2);
            Channel client = peers.connect(smallClient(peers).option(ChannelOption.AUTO_CLOSE, autoClose));
            Recorder server = peers.accepted();

            ChannelFuture write = client.writeAndFlush(new FailingRegion(goodBytes, cause));

            assertThat(causeOf(write)).hasStackTraceContaining(cause.getMessage());
            assertClosed(client);
            assertReset(server);
            assertThat(((SessionResetException) server.exceptions().get(0)).code())
                    .isEqualTo(ResetFrame.INCOMPLETE);
            peers.awaitNothingLeft();
        }
    }

    /** As the default, until it has been asked so often. */
    private static final class FailingScheduler implements Scheduler {
        private final Scheduler lowestRtt = new LowestRttScheduler();
        private int callsLeft;

        FailingScheduler(int calls) {
            callsLeft = calls;
        }

        @Override
        public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
            if (callsLeft-- <= 0) {
                throw FAILURE;
            }
            return lowestRtt.select(subflows, offer, nowNanos);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 30})
    void shouldEndAClientWhoseSchedulerFails(int calls) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, true), 2);
            Recorder healthy = peers.connect();
            Recorder healthyServer = peers.accepted();
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.SCHEDULER, () -> new FailingScheduler(calls)));
            Recorder server = peers.accepted();

            client.send(3_000_000, 50_000);

            assertEndedByFailure(client);
            assertReset(server);
            assertGoesOn(healthy, healthyServer);
            healthy.channel().close().sync();
            peers.awaitNothingLeft();
        }
    }

    /** With its subflows on its event loop, or on another. */
    @ParameterizedTest
    @CsvSource({"0,true", "1,true", "30,true", "0,false", "1,false", "30,false"})
    void shouldEndAnAcceptedSessionWhoseSchedulerFails(int calls, boolean moving) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            AtomicBoolean failing = new AtomicBoolean();
            SubflowTransport transport = new ChangedTransport() {
                @Override
                public boolean canMove(Channel subflow, EventLoop target) {
                    return moving && super.canMove(subflow, target);
                }
            }.withInitializer(peers.serverSubflows::add);
            peers.listen(
                    smallServer(peers, true)
                            .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport)
                            .childOption(
                                    MultipathChannelOption.SCHEDULER,
                                    () -> failing.get() ? new FailingScheduler(calls) : new LowestRttScheduler()),
                    2);
            Recorder healthy = peers.connect();
            Recorder healthyServer = peers.accepted();
            failing.set(true);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();

            server.send(3_000_000, 50_000);

            assertEndedByFailure(server);
            assertReset(client);
            assertGoesOn(healthy, healthyServer);
            healthy.channel().close().sync();
            peers.awaitNothingLeft();
        }
    }

    /** The peer takes what was written before the close only when that is under way. */
    @Test
    void shouldEndACloseWhoseSchedulerFails() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, false), 2);
            Recorder client = new Recorder();
            AtomicBoolean failing = new AtomicBoolean();
            Channel channel = peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.LINGER, Waiting.PATIENCE.multipliedBy(2))
                    .option(MultipathChannelOption.SCHEDULER, () -> {
                        Scheduler lowestRtt = new LowestRttScheduler();
                        return (subflows, offer, nowNanos) -> {
                            if (failing.get()) {
                                throw FAILURE;
                            }
                            return lowestRtt.select(subflows, offer, nowNanos);
                        };
                    }));
            Recorder server = peers.accepted();
            channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, TOO_MUCH));
            ChannelFuture closing = channel.close();
            channel.eventLoop().submit(() -> failing.set(true)).sync();

            server.channel().config().setAutoRead(true);

            assertThat(causeOf(closing)).isInstanceOf(SessionClosedException.class);
            assertEndedByFailure(client);
            assertReset(server);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldEndASessionWhoseSchedulerChoosesASubflowThatIsNotThere() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, true), 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.SCHEDULER, () -> (subflows, offer, nowNanos) -> subflows.size()));
            Recorder server = peers.accepted();

            client.send(1000, 1000);

            assertClosed(client.channel());
            client.awaitInactive();
            assertThat(client.exceptions()).singleElement().isInstanceOf(IndexOutOfBoundsException.class);
            assertReset(server);
            peers.awaitNothingLeft();
        }
    }

    /**
     * Each write fails then; but there is always another one, and the event loop has other things to do. A base session
     * that does not read does not hear of its connection's reset, as long as there is no room to write to it.
     */
    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true"})
    void shouldEndAnApplicationThatWritesAsLongAsItCan(boolean extended, boolean reading) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, true), 1);
            Channel channel =
                    peers.connect(smallClient(peers).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
            Recorder client = channel.pipeline().get(Recorder.class);
            Recorder server = peers.accepted();
            channel.config().setAutoRead(reading);
            server.send(1000, 1000);
            eventually().until(() -> client.session().stats().paths().get(0).framesReceived() == 1);
            client.send(Long.MAX_VALUE, 1000);
            eventually().until(() -> server.receivedBytes() > TOO_MUCH);

            server.session().abort(256, "");

            if (!reading) {
                // It has not read the end yet.
                eventually().until(() -> channel.eventLoop()
                        .submit(() -> client.session().driver().end().outputFailure() != null)
                        .get(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
                channel.config().setAutoRead(true);
            }
            client.awaitInactive();
            assertThat(client.receivedBytes()).isEqualTo(1000);
            assertThat(client.exceptions()).singleElement().isInstanceOf(MultipathException.class);
        }
    }

    private static void assertEndedByFailure(Recorder end) throws InterruptedException {
        assertClosed(end.channel());
        end.awaitInactive();
        assertThat(end.exceptions()).singleElement().satisfies(exception -> assertThat(exception)
                .hasStackTraceContaining(FAILURE.getMessage()));
    }

    private static void assertGoesOn(Recorder one, Recorder other) {
        one.send(1_000_000, 50_000);
        other.awaitReceived(1_000_000);
        other.send(1_000_000, 50_000);
        one.awaitReceived(1_000_000);
    }
}
