package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Preface;
import dev.multipath.codec.ResetFrame;
import dev.multipath.codec.VarInt;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.SessionResetException;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a budget tells, and what happens to sessions when it is used up. */
class MemoryBudgetTest {

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /** The least there is: thirty sessions that each hold the smallest window are more. */
    private static final int SMALL_BYTES = 4 * MIB;

    private static final int SESSIONS = 40;

    @Test
    void shouldBeHalfOfTheDirectMemoryIfNothingElseIsSaid() {
        assertThat(MemoryBudget.shared().limitBytes()).isEqualTo(PlatformDependent.maxDirectMemory() / 2);
        assertThat(new MultipathChannel().config().getOption(MultipathChannelOption.MEMORY_BUDGET))
                .isSameAs(MemoryBudget.shared());
    }

    @Test
    void shouldBeLargeEnoughForSomeSessions() {
        assertThat(MemoryBudget.ofBytes(SMALL_BYTES).limitBytes()).isEqualTo(SMALL_BYTES);
        assertThatThrownBy(() -> MemoryBudget.ofBytes(SMALL_BYTES - 1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Each ends in a turn of its own, behind all that look at the same moment. */
    @Test
    void shouldNotEndAllThatAreSuspendedWhenSomeAreEnough() {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BYTES);
        List<SuspendedClaim> claims = openSuspended(budget, 16);

        claims.forEach(claim -> budget.reclaim(claim, 0));

        long eachBytes = SuspendedClaim.HELD_BYTES + MemoryClaim.SESSION_BYTES;
        assertThat(claims.stream().filter(claim -> !claim.evicted).count()).isEqualTo(SMALL_BYTES / 8 / eachBytes);
    }

    /** As on a loop that hangs: what they hold is still there, and missed by those that come later. */
    @Test
    void shouldNotCountOnThoseThatWereToldToGoAndDoNot() {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BYTES);
        List<SuspendedClaim> stuck = openSuspended(budget, 16);
        stuck.forEach(claim -> budget.reclaim(claim, 0));
        List<SuspendedClaim> kept =
                stuck.stream().filter(claim -> !claim.evicted).toList();
        assertThat(kept).isNotEmpty();

        kept.forEach(claim -> budget.reclaim(claim, Duration.ofSeconds(10).toNanos()));
        assertThat(kept).noneMatch(claim -> claim.evicted);

        kept.forEach(claim -> budget.reclaim(claim, Duration.ofMinutes(1).toNanos()));
        assertThat(kept).allMatch(claim -> claim.evicted);
        long told = budget.evictedSessions();
        stuck.forEach(claim -> budget.reclaim(claim, Duration.ofMinutes(2).toNanos()));
        assertThat(budget.evictedSessions()).as("nobody is told twice").isEqualTo(told);
    }

    /** Who looked while there was nobody to be ended does not wait for the next look when it has become critical. */
    @Test
    void shouldEndSomebodyAtOnceWhenItBecomesCritical() {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BYTES);
        SuspendedClaim busy = new SuspendedClaim(1, 0);
        budget.open(busy);
        budget.change(SMALL_BYTES / 100 * 85, 0, 0);
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.HIGH);
        assertThat(busy.evicted).isFalse();

        budget.change(SMALL_BYTES / 100 * 11, 0, 1);

        assertThat(budget.pressure()).isEqualTo(MemoryPressure.CRITICAL);
        assertThat(busy.evicted).isTrue();
    }

    private static List<SuspendedClaim> openSuspended(MemoryBudget budget, int count) {
        List<SuspendedClaim> claims = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SuspendedClaim claim = new SuspendedClaim(i, SuspendedClaim.HELD_BYTES);
            claims.add(claim);
            budget.open(claim);
            budget.change(SuspendedClaim.HELD_BYTES, 0, 0);
        }
        return claims;
    }

    /** It holds always the same. */
    private static final class SuspendedClaim implements MemoryClaim {

        static final int HELD_BYTES = 100 * KIB;

        private final long number;
        private final long wastedBytes;
        private boolean evicted;

        SuspendedClaim(long number, long wastedBytes) {
            this.number = number;
            this.wastedBytes = wastedBytes;
        }

        @Override
        public long number() {
            return number;
        }

        @Override
        public long heldBytes() {
            return HELD_BYTES;
        }

        @Override
        public long wastedBytes(long nowNanos) {
            return wastedBytes;
        }

        @Override
        public long costBytes() {
            return HELD_BYTES;
        }

        @Override
        public long unearnedCostBytes() {
            return HELD_BYTES;
        }

        @Override
        public boolean isOverdue(long nowNanos) {
            return true;
        }

        @Override
        public boolean isEvicted() {
            return evicted;
        }

        @Override
        public void evict() {
            evicted = true;
        }

        @Override
        public boolean isHere() {
            return true;
        }

        @Override
        public void endNow() {
            // Not in this turn.
        }
    }

    @Test
    void shouldTellHowMuchIsUsed() {
        MemoryBudget budget = MemoryBudget.ofBytes(100 * MIB);
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.NONE);
        budget.change(51 * MIB, 0, 0);
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.TIGHT);
        budget.change(30 * MIB, 0, 0);
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.HIGH);
        assertThat(budget.usedBytes()).isEqualTo(81 * MIB);
        budget.change(15 * MIB, 0, 0);
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.CRITICAL);
        budget.change(-96 * MIB, 0, 0);
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.NONE);
        assertThat(budget.isShort()).isFalse();
    }

    @Test
    void shouldAllowLessForAWhileAfterTheJvmHadNoMemory() {
        MemoryBudget budget = MemoryBudget.ofBytes(100 * MIB);
        budget.change(20 * MIB, 0, 0);
        budget.onOutOfMemory(1);
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.CRITICAL);
        assertThat(budget.freeBytes()).isZero();
        budget.change(0, 0, Duration.ofSeconds(11).toNanos());
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.NONE);
        assertThat(budget.freeBytes()).isEqualTo(80 * MIB);
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndThoseThatHoldTheMostForNothing(TestTransport transport) throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BYTES);
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                            .childOption(ChannelOption.AUTO_READ, false),
                    1);
            List<Recorder> clients = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                Recorder client = new Recorder();
                clients.add(client);
                peers.clientBootstrap(client)
                        .connect(peers.server().localAddress())
                        .sync();
                client.send(60 * KIB, 10 * KIB);
            }
            eventually().until(() -> clients.stream().anyMatch(Recorder::isInactive));
            eventually().until(() -> budget.usedBytes() < 0.8 * SMALL_BYTES);

            assertThat(budget.evictedSessions()).isBetween(1L, SESSIONS - 1L);
            eventually()
                    .until(() -> clients.stream()
                                    .filter(client -> !client.isInactive())
                                    .count()
                            == peers.server().sessionCount());
            for (Recorder client : clients) {
                if (client.isInactive()) {
                    assertEvicted(client, "the peer");
                }
            }
            Recorder first = peers.accepted();
            assertThat(first.session().stats().heldBytes()).isGreaterThan(100 * KIB);
            // What is not read stays as long as the application likes, as with a socket.
            peers.server()
                    .registry()
                    .forEach(session -> session.channel().config().setOption(ChannelOption.SO_LINGER, 0));
            peers.server().registry().forEach(session -> session.channel().close());
            eventually().until(() -> budget.usedBytes() == 0 && budget.accounts() == 0);
        }
    }

    private static void assertEvicted(Recorder application, String by) {
        assertThat(application.exceptions()).hasSize(1);
        assertThat(application.exceptions().get(0)).isInstanceOfSatisfying(SessionResetException.class, reset -> {
            assertThat(reset.code()).isEqualTo(ResetFrame.GOING_AWAY);
            assertThat(reset.reason()).isEqualTo("memory is short");
            assertThat(reset).hasMessageContaining(by);
        });
    }

    /** Servers that send all they may but the first frame; and an honest one. */
    @Test
    void shouldProtectAClientFromItsServers() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BYTES);
        try (Peers peers = new Peers(TestTransport.NIO);
                HostileServer hostile = new HostileServer()) {
            peers.listen(Echo::new, 1);
            Recorder honest = new Recorder();
            peers.connect(peers.clientBootstrap(honest).option(MultipathChannelOption.MEMORY_BUDGET, budget));
            honest.send(200 * KIB, 10 * KIB);
            honest.awaitReceived(200 * KIB);
            List<Recorder> clients = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < SESSIONS; i++) {
                peers.clientBootstrap(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                Recorder client = new Recorder();
                                clients.add(client);
                                channel.pipeline().addLast(client);
                            }
                        })
                        .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                        .connect(hostile.address())
                        .sync();
                honest.send(KIB, KIB);
                honest.awaitReceived((200 + i + 1) * KIB);
                assertThat(budget.usedBytes()).isLessThan(SMALL_BYTES);
            }
            eventually().until(() -> clients.stream().anyMatch(Recorder::isInactive));
            clients.stream().filter(Recorder::isInactive).forEach(client -> assertEvicted(client, "this end"));
            assertThat(honest.exceptions()).isEmpty();
            clients.forEach(client -> client.channel().config().setOption(ChannelOption.SO_LINGER, 0));
            clients.forEach(client -> client.channel().close());
            eventually().until(() -> budget.accounts() == 1);
            honest.send(KIB, KIB);
            honest.awaitReceived((200 + SESSIONS + 1) * KIB);
            eventually().until(() -> budget.usedBytes() < 100 * KIB);
        }
    }

    /** Gives everybody a session, and sends what may be sent unasked, behind a first frame that never comes. */
    private static final class HostileServer implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> accepted = Collections.synchronizedList(new ArrayList<>());
        private final Thread thread = new Thread(this::accept, "hostile-server");

        HostileServer() throws IOException {
            thread.start();
        }

        MultipathAddress address() {
            return MultipathAddress.of(Path.of(listener.getLocalSocketAddress()));
        }

        private void accept() {
            try {
                for (int i = 1; ; i++) {
                    Socket socket = listener.accept();
                    accepted.add(socket);
                    socket.getInputStream().readNBytes(Preface.LENGTH);
                    ByteBuf bytes = Unpooled.buffer();
                    bytes.writeBytes(RawPeer.preface(new ConnectionId(i, 7)));
                    bytes.writeBytes(RawPeer.EXTENDED);
                    // HELLO: version 0, no features, nothing granted, no resumption, 16 subflows, a key
                    bytes.writeBytes(new byte[] {38, 2, 0, 0, 0, 0, 16, 32}).writeZero(32);
                    for (int frame = 11; frame < 11 + 60; frame++) {
                        VarInt.write(bytes, KIB);
                        VarInt.write(bytes, frame);
                        bytes.writeZero(KIB);
                    }
                    socket.getOutputStream().write(ByteBufUtil.getBytes(bytes));
                }
            } catch (IOException closed) {
                accepted.forEach(HostileServer::closeQuietly);
            }
        }

        private static void closeQuietly(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** As of a JVM that has no memory left, once. */
    private static final class Exhausted extends AbstractByteBufAllocator {
        private volatile boolean exhausted;

        Exhausted() {
            super(true);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (exhausted) {
                exhausted = false;
                throw new OutOfMemoryError("Cannot reserve memory");
            }
            return UnpooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    /** The other session on the same loops notices nothing; the one concerned goes on over a new subflow. */
    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void shouldLoseNoMoreThanTheSubflowThatGetsNoMemoryToRead(TestTransport transport) throws Exception {
        List<Exhausted> allocators = Collections.synchronizedList(new ArrayList<>());
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BYTES);
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    peers.serverBootstrap(Echo::new)
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    Peers.tracking(peers.serverSubflows).withInitializer(subflow -> {
                                        Exhausted allocator = new Exhausted();
                                        allocators.add(allocator);
                                        subflow.config().setAllocator(allocator);
                                    })),
                    1);
            Recorder other = peers.connect();
            Recorder concerned = peers.connect();
            concerned.send(KIB, KIB);
            concerned.awaitReceived(KIB);
            other.send(KIB, KIB);
            other.awaitReceived(KIB);

            allocators.get(1).exhausted = true;
            concerned.send(KIB, KIB);
            concerned.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            concerned.awaitReceived(2 * KIB);

            other.send(KIB, KIB);
            other.awaitReceived(2 * KIB);
            assertThat(other.count(SubflowEvent.Kind.REMOVED)).isZero();
            assertThat(other.exceptions()).isEmpty();
            assertThat(concerned.exceptions()).isEmpty();
            assertThat(budget.isShort()).isTrue();
        }
    }
}
