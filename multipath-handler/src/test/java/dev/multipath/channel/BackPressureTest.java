package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.path.MultipathAddress;
import dev.multipath.testing.OneIn;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slow readers hold up their peers, cost bounded memory, and never for ever. */
class BackPressureTest {

    private static final int BUFFER_BYTES = 1 << 20;
    private static final int SOCKET_BUFFER_BYTES = 64 << 10;
    private static final long BULK_BYTES = 12_000_000;

    /** A sender that has had nothing to do for so long is held up. */
    private static final Duration STALL = Duration.ofMillis(700);

    /** Every buffer that the server's subflows read into. */
    private final UnpooledByteBufAllocator serverReads = new UnpooledByteBufAllocator(true);

    private ServerBootstrap smallServer(Peers peers, java.util.function.Supplier<? extends Recorder> application) {
        return peers.serverBootstrap(application)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        SubflowTransport.ofEventLoop().withInitializer(subflow -> {
                            peers.serverSubflows.add(subflow);
                            subflow.config().setAllocator(serverReads);
                        }))
                .childOption(MultipathChannelOption.RECEIVE_BUFFER_BYTES, BUFFER_BYTES)
                .childOption(MultipathChannelOption.SEND_BUFFER_BYTES, BUFFER_BYTES)
                .childOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES);
    }

    private static Bootstrap smallClient(Peers peers, Recorder application) {
        Bootstrap bootstrap = peers.clientBootstrap(application)
                .option(MultipathChannelOption.RECEIVE_BUFFER_BYTES, BUFFER_BYTES)
                .option(MultipathChannelOption.SEND_BUFFER_BYTES, BUFFER_BYTES);
        return peers.transport == TestTransport.LOCAL
                ? bootstrap
                : bootstrap.option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES);
    }

    private static void awaitStalled(Recorder sender) {
        long[] last = {-1};
        eventually().during(STALL).until(() -> {
            long before = last[0];
            last[0] = sender.sentBytes();
            return before == last[0];
        });
    }

    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @EnumSource
    void shouldHoldBoundedMemoryForASlowReader(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(smallServer(peers, Recorder::new).childOption(ChannelOption.AUTO_READ, false), 2);
            Recorder client = new Recorder();
            peers.connect(smallClient(peers, client));
            Recorder server = peers.accepted();

            client.send(BULK_BYTES, 50_000);
            awaitStalled(client);

            assertThat(client.channel().isWritable()).isFalse();
            assertThat(server.receivedBytes()).isZero();
            assertThat(client.sentBytes()).isLessThan(BULK_BYTES);
            // Twice: a payload may keep a read buffer that is not full; and what a read brings beyond the limit.
            assertThat(serverReads.metric().usedDirectMemory()
                            + serverReads.metric().usedHeapMemory())
                    .isLessThan(3 * BUFFER_BYTES);

            server.channel().config().setAutoRead(true);
            server.awaitReceived(BULK_BYTES);
            eventually().until(client.channel()::isWritable);
            assertThat(client.writabilityChanges()).isGreaterThanOrEqualTo(2);
            client.channel().close().sync();
            peers.awaitNothingLeft();
            assertThat(serverReads.metric().usedDirectMemory()).isZero();
        }
    }

    @Test
    void shouldGoOnWithAReaderThatAsksForEachRead() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    smallServer(peers, () -> new Recorder() {
                                @Override
                                public void channelReadComplete(ChannelHandlerContext ctx) {
                                    ctx.executor().execute(ctx::read);
                                }
                            })
                            .childOption(ChannelOption.AUTO_READ, false),
                    2);
            Recorder client = new Recorder();
            peers.connect(smallClient(peers, client));
            Recorder server = peers.accepted();
            client.send(3_000_000, 10_000);
            server.channel().read();
            server.awaitReceived(3_000_000);
        }
    }

    /** Each keeps the other's acknowledgements waiting unless subflows are read although the application does not. */
    @OneIn(2)
    @ParameterizedTest
    @EnumSource
    void shouldNotDeadlockWhenAnEchoServerStopsReadingWhileItCannotWrite(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(smallServer(peers, Echo::new), 2);
            Recorder client = new Recorder();
            peers.connect(smallClient(peers, client));
            client.channel().config().setAutoRead(false);
            client.send(BULK_BYTES, 50_000);
            awaitStalled(client);
            assertThat(client.sentBytes()).isLessThan(BULK_BYTES);

            client.channel().config().setAutoRead(true);
            client.awaitReceived(BULK_BYTES);
        }
    }

    @Test
    void shouldNotDeadlockWhenBothSendAndNeitherReadsForAWhile() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, Recorder::new).childOption(ChannelOption.AUTO_READ, false), 2);
            Recorder client = new Recorder();
            peers.connect(smallClient(peers, client).option(ChannelOption.AUTO_READ, false));
            Recorder server = peers.accepted();
            client.send(BULK_BYTES, 50_000);
            server.send(BULK_BYTES, 50_000);
            awaitStalled(client);
            awaitStalled(server);
            client.channel().config().setAutoRead(true);
            server.channel().config().setAutoRead(true);
            client.awaitReceived(BULK_BYTES);
            server.awaitReceived(BULK_BYTES);
        }
    }

    @Test
    void shouldKeepThePathsOfAReaderThatPauses() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, Recorder::new), 2);
            Recorder client = new Recorder();
            peers.connect(
                    smallClient(peers, client).option(MultipathChannelOption.PROBE_INTERVAL, Duration.ofMillis(50)));
            Recorder server = peers.accepted();
            client.channel().config().setAutoRead(false);
            server.send(BULK_BYTES, 50_000);
            awaitStalled(server);
            // On a busy machine an answer may have been late before the pause.
            long stale = client.count(SubflowEvent.Kind.STALE);
            long added = client.count(SubflowEvent.Kind.ADDED);
            // The client itself does not read, so it must not take the peer's silence for a dead path.
            eventually().during(Duration.ofSeconds(3)).until(() -> client.count(SubflowEvent.Kind.STALE) == stale);
            assertThat(client.count(SubflowEvent.Kind.ADDED)).isEqualTo(added);
            client.channel().config().setAutoRead(true);
            client.awaitReceived(BULK_BYTES);
        }
    }

    @Test
    void shouldBoundTheNumberOfUnreadFrames() throws Exception {
        int frames = 60_000;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, Recorder::new).childOption(ChannelOption.AUTO_READ, false), 1);
            try (RawPeer peer =
                    new RawPeer(peers.server().localAddress().paths().get(0).remote())) {
                peer.greet(ConnectionId.ZERO);
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                for (int i = 0; i < frames; i++) {
                    // One byte of payload; the number as a varint of four bytes.
                    int number = 10 + i;
                    bytes.write(new byte[] {
                        1,
                        (byte) (0x80 | number >>> 24),
                        (byte) (number >>> 16),
                        (byte) (number >>> 8),
                        (byte) number,
                        7
                    });
                }
                // The frame that ends it would be refused at once if it were read; a server that stops reading is fine.
                new Thread(() -> {
                            try {
                                peer.send(bytes.toByteArray());
                            } catch (java.io.IOException closed) {
                                // The test is over: the server was never going to read it all.
                            }
                        })
                        .start();
                Recorder server = peers.accepted();
                server.awaitCount(SubflowEvent.Kind.ADDED, 1);
                // An object of a hundred bytes or more for each byte: the limit must count it.
                long[] received = {-1};
                eventually().during(STALL).until(() -> {
                    long before = received[0];
                    received[0] = server.session().stats().paths().get(0).framesReceived();
                    return received[0] > 0 && received[0] == before;
                });
                long buffered = server.channel()
                        .eventLoop()
                        .submit(() -> server.session().driver().session().bufferedReceiveBytes())
                        .get();
                assertThat(buffered).isLessThan(BUFFER_BYTES / 32);
            }
        }
    }

    @Test
    void shouldBoundTheNumberOfUnsentWrites() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                RawPeer.Listener deaf = RawPeer.Listener.deaf()) {
            Recorder client = new Recorder();
            smallClient(peers, client)
                    .option(MultipathChannelOption.LINGER, Duration.ZERO)
                    .connect(MultipathAddress.of(deaf.address()))
                    .sync();
            client.send(BUFFER_BYTES, 1);
            eventually().until(() -> !client.channel().isWritable());
            // An object of a hundred bytes or more for each byte.
            assertThat(client.sentBytes()).isLessThan(BUFFER_BYTES / 32);
        }
    }

    @Test
    void shouldSucceedWritesInOrderOnceTheSessionHasTakenThem() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(smallServer(peers, Recorder::new).childOption(ChannelOption.AUTO_READ, false), 2);
            Recorder client = new Recorder();
            MultipathChannel channel = peers.connect(smallClient(peers, client));
            List<ChannelFuture> writes = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                writes.add(channel.writeAndFlush(Pattern.bytes(channel.alloc(), i * 100_000L, 100_000)));
            }
            writes.add(channel.writeAndFlush(Unpooled.EMPTY_BUFFER));
            assertThat(writes.get(0).await().isSuccess()).isTrue();
            assertThat(writes.get(100).isDone()).isFalse();

            Recorder server = peers.accepted();
            server.channel().config().setAutoRead(true);
            for (ChannelFuture write : writes) {
                assertThat(write.await().isSuccess()).isTrue();
            }
            server.awaitReceived(10_000_000);
        }
    }
}
