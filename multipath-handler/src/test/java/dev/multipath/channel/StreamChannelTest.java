package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ResetFrame;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.SessionResetException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FixedRecvByteBufAllocator;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an application may expect of any stream channel, where Netty's own test suite (module multipath-testsuite) does not
 * ask, or cannot.
 */
class StreamChannelTest {

    private static final int FILE_BYTES = 20_000_000;
    private static final int BUFFER_BYTES = 1 << 20;

    @TempDir
    private java.nio.file.Path directory;

    private File file(int bytes) throws IOException {
        java.nio.file.Path path = directory.resolve("pattern");
        ByteBuf pattern = Pattern.bytes(UnpooledByteBufAllocator.DEFAULT, 0, bytes);
        byte[] content = new byte[bytes];
        pattern.readBytes(content);
        pattern.release();
        Files.write(path, content);
        return path.toFile();
    }

    @Test
    void shouldReadFilesAsTheSessionHasRoom() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Recorder server = stoppedServer(peers);
            Channel client = connect(peers);
            DefaultFileRegion region = new DefaultFileRegion(file(FILE_BYTES), 0, FILE_BYTES);
            ChannelFuture writing = client.writeAndFlush(region);
            eventually().until(() -> region.transferred() >= BUFFER_BYTES);
            assertThat(region.transferred()).isLessThan(FILE_BYTES / 2);
            assertThat(writing.isDone()).isFalse();

            peers.accepted().channel().config().setAutoRead(true);
            writing.sync();
            assertThat(region.refCnt()).isZero();
            eventually().until(() -> server.receivedBytes() >= FILE_BYTES);
            server.assertIntact();
        }
    }

    /** Its sessions do not read. */
    private static Recorder stoppedServer(Peers peers) throws InterruptedException {
        Recorder server = new Recorder();
        peers.listen(
                peers.serverBootstrap(() -> server)
                        .childOption(MultipathChannelOption.RECEIVE_BUFFER_BYTES, BUFFER_BYTES)
                        .childOption(ChannelOption.AUTO_READ, false),
                2);
        return server;
    }

    private static MultipathChannel connect(Peers peers) throws InterruptedException {
        return peers.connect(
                peers.clientBootstrap(new Recorder()).option(MultipathChannelOption.SEND_BUFFER_BYTES, BUFFER_BYTES));
    }

    @Test
    void shouldTellThePeerOfAFileThatIsShorterThanItsRegion() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            DefaultFileRegion region = new DefaultFileRegion(file(1000), 0, 1001);
            Throwable cause = client.channel().writeAndFlush(region).await().cause();
            assertThat(cause).isInstanceOf(IOException.class);
            assertThat(region.refCnt()).isZero();
            client.awaitInactive();
            assertReset(server, ResetFrame.INCOMPLETE, "something written cannot be read");
        }
    }

    @Test
    void shouldTellThePeerOfAFileThatAClosingEndHasNotSentWhole() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Recorder server = stoppedServer(peers);
            Channel client = connect(peers);
            DefaultFileRegion region = new DefaultFileRegion(file(FILE_BYTES), 0, FILE_BYTES);
            ChannelFuture writing = client.writeAndFlush(region);
            eventually().until(() -> region.transferred() >= BUFFER_BYTES);
            client.close();
            assertThat(writing.await().cause()).isInstanceOf(IOException.class);
            assertThat(region.refCnt()).isZero();
            server.channel().config().setAutoRead(true);
            assertReset(server, ResetFrame.INCOMPLETE, "closed before all of a file was sent");
        }
    }

    private static void assertReset(Recorder end, long code) {
        assertReset(end, code, "");
    }

    private static void assertReset(Recorder end, long code, String reason) {
        end.awaitInactive();
        assertThat(end.exceptions()).singleElement().isInstanceOfSatisfying(SessionResetException.class, reset -> {
            assertThat(reset.code()).isEqualTo(code);
            assertThat(reset.reason()).isEqualTo(reason);
        });
    }

    @Test
    void shouldTakeTheLingerTimeFromTheOptionOfSockets() throws Exception {
        MultipathChannel channel = new MultipathChannel();
        assertThat(channel.config().getOption(ChannelOption.SO_LINGER)).isEqualTo(-1);
        channel.config().setOption(ChannelOption.SO_LINGER, 3);
        assertThat(channel.config().getOption(MultipathChannelOption.LINGER)).isEqualTo(Duration.ofSeconds(3));
        assertThat(channel.config().getOption(ChannelOption.SO_LINGER)).isEqualTo(3);
        channel.config().setOption(ChannelOption.SO_LINGER, -1);
        assertThat(channel.config().getOption(MultipathChannelOption.LINGER)).isEqualTo(Duration.ofSeconds(10));
        channel.unsafe().closeForcibly();
    }

    @Test
    void shouldResetWhenItDoesNotLinger() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            client.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            client.channel().close().sync();
            assertReset(server, ResetFrame.LINGER_EXPIRED);
        }
    }

    /** The first read takes one session; that session gets its second subflow, although the server reads no more. */
    @Test
    void shouldKeepSessionsButNotSubflowsWaitingForAServerThatDoesNotRead() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Recorder::new).option(ChannelOption.AUTO_READ, false), 2);
            Duration patience = Duration.ofSeconds(30);
            Recorder first = new Recorder();
            Recorder second = new Recorder();
            MultipathAddress address = peers.server().localAddress();
            ChannelFuture firstConnect = peers.clientBootstrap(first)
                    .option(MultipathChannelOption.ATTEMPT_DELAY, patience)
                    .connect(address);
            eventually().until(() -> peers.server().sessionCount() == 1);
            ChannelFuture secondConnect = peers.clientBootstrap(second)
                    .option(MultipathChannelOption.ATTEMPT_DELAY, patience)
                    .connect(address);
            eventually().until(() -> peers.server().sessionCount() == 2);
            assertThat(firstConnect.isDone()).isFalse();

            peers.server().read();
            firstConnect.sync();
            first.awaitCount(SubflowEvent.Kind.ADDED, 2);
            assertThat(peers.acceptedSessions()).isEqualTo(1);
            assertThat(secondConnect.isDone()).isFalse();

            peers.server().read();
            secondConnect.sync();
            second.awaitCount(SubflowEvent.Kind.ADDED, 2);

            // One that waits when the server closes is not left behind.
            ChannelFuture third = peers.clientBootstrap(new Recorder())
                    .option(MultipathChannelOption.ATTEMPT_DELAY, patience)
                    .connect(address);
            eventually().until(() -> peers.server().sessionCount() == 3);
            peers.server().close().sync();
            assertThat(third.await().isSuccess()).isFalse();
            eventually().until(() -> peers.server().sessionCount() == 2);
        }
    }

    @Test
    void shouldConnectFromTheGivenAddresses() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            InetSocketAddress from = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
            Recorder client = new Recorder();
            peers.clientBootstrap(client)
                    .connect(peers.server().localAddress(), MultipathAddress.of(from, from))
                    .sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            assertThat(client.session().localAddress().paths())
                    .allSatisfy(path -> assertThat(((InetSocketAddress) path.remote()).getAddress())
                            .isEqualTo(from.getAddress()));

            assertThatThrownBy(() -> peers.clientBootstrap(new Recorder())
                            .connect(peers.server().localAddress(), MultipathAddress.of(from))
                            .sync())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldHaveAddressesFromTheFirstMoment() throws Exception {
        AtomicReference<MultipathAddress> local = new AtomicReference<>();
        AtomicReference<MultipathAddress> remote = new AtomicReference<>();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            peers.connect(peers.clientBootstrap(new Recorder() {
                @Override
                public void channelActive(ChannelHandlerContext ctx) {
                    local.set(session().localAddress());
                    remote.set(session().remoteAddress());
                }
            }));
            assertThat(local.get().paths()).hasSize(1);
            Path first = peers.server().localAddress().paths().get(0);
            assertThat(remote.get().paths()).singleElement().satisfies(path -> assertThat(path.remote())
                    .isEqualTo(first.remote()));
        }
    }

    @Test
    void shouldReadNoMoreAtOnceThanTheAllocatorSays() throws Exception {
        Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(() -> new Recorder() {
                                @Override
                                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                                    sizes.add(((ByteBuf) msg).readableBytes());
                                    super.channelRead(ctx, msg);
                                }
                            })
                            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(1000)),
                    2);
            Recorder client = peers.connect();
            client.send(1_000_000, 50_000);
            peers.accepted().awaitReceived(1_000_000);
            assertThat(sizes).allSatisfy(size -> assertThat(size).isLessThanOrEqualTo(1000));
        }
    }

    @Test
    @SuppressWarnings("deprecation") // the option, for which Netty 4.2 has no replacement yet
    void shouldTellThatAReadIsCompleteAfterAsManyAsTheOptionSays() throws Exception {
        List<Integer> readsAtOnce = new CopyOnWriteArrayList<>();
        Recorder counting = new Recorder() {
            private int reads;

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                reads++;
                super.channelRead(ctx, msg);
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                readsAtOnce.add(reads);
                reads = 0;
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(() -> counting)
                            .childOption(ChannelOption.AUTO_READ, false)
                            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(100))
                            .childOption(ChannelOption.MAX_MESSAGES_PER_READ, 3),
                    1);
            peers.connect().send(1000, 1000);
            Recorder server = peers.accepted();
            // All of it, so that no read is shorter for want of more.
            eventually().until(() -> server.session().stats().paths().get(0).bytesReceived() == 1000);

            server.channel().config().setAutoRead(true);

            server.awaitReceived(1000);
            eventually().untilAsserted(() -> assertThat(readsAtOnce).containsExactly(3, 3, 3, 1));
        }
    }

    @Test
    void shouldSayThatItIsNotConnectedYet() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathChannel channel = (MultipathChannel)
                    peers.clientBootstrap(new Recorder()).register().sync().channel();
            assertThatThrownBy(() -> channel.shutdownOutput().sync()).isInstanceOf(NotYetConnectedException.class);
            channel.close().sync();
        }
    }

    @Test
    void shouldEndWhenItIsTakenFromItsEventLoop() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            client.channel().deregister().sync();
            assertThat(client.channel().isOpen()).isFalse();
            client.awaitInactive();
            server.awaitInactive();
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldTellOfItsEndWhenItIsTakenFromItsEventLoopWhileItCloses() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            Channel channel = client.channel();
            channel.eventLoop().execute(() -> {
                channel.close();
                channel.deregister();
            });
            client.awaitInactive();
            peers.awaitNothingLeft();
        }
    }
}
