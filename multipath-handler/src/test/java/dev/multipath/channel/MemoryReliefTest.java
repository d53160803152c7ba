package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import dev.multipath.transport.SubflowTransport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.lang.ref.WeakReference;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a process gets back what sessions hold, and takes little more while it is short of it. */
class MemoryReliefTest {

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;
    private static final int BUDGET_BYTES = 4 * MIB;
    private static final int LARGE_BYTES = 200 * MIB;

    private final MemoryBudget budget = MemoryBudget.ofBytes(BUDGET_BYTES);

    /** Sees how often a subflow is read in a turn of its loop. */
    private static final class Reads extends ChannelInboundHandlerAdapter {
        private final AtomicInteger most = new AtomicInteger();
        private int count;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            most.accumulateAndGet(++count, Math::max);
            ctx.fireChannelRead(msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            count = 0;
            ctx.fireChannelReadComplete();
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {"LOCAL"},
            mode = EnumSource.Mode.EXCLUDE)
    void shouldReadEachSubflowOnceATurnWhenMemoryIsShort(TestTransport transport) throws Exception {
        Reads atServer = new Reads();
        Reads atClient = new Reads();
        MemoryBudget ofClient = MemoryBudget.ofBytes(LARGE_BYTES);
        MemoryBudget ofServer = MemoryBudget.ofBytes(LARGE_BYTES);
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    peers.serverBootstrap(Echo::new)
                            .option(MultipathChannelOption.MEMORY_BUDGET, ofServer)
                            .option(MultipathChannelOption.SUBFLOW_TRANSPORT, watching(peers.serverSubflows, atServer)),
                    1);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.MEMORY_BUDGET, ofClient)
                    .option(MultipathChannelOption.SUBFLOW_TRANSPORT, watching(peers.clientSubflows, atClient)));
            client.send(4 * MIB, MIB);
            client.awaitReceived(4 * MIB);

            // As if other sessions held it.
            ofServer.change(LARGE_BYTES / 100 * 85, 0, SessionClock.nowNanos());
            ofClient.change(LARGE_BYTES / 100 * 85, 0, SessionClock.nowNanos());
            atServer.most.set(0);
            atClient.most.set(0);
            client.send(4 * MIB, MIB);
            client.awaitReceived(8 * MIB);
            assertThat(atServer.most.get()).isEqualTo(1);
            assertThat(atClient.most.get()).isEqualTo(1);
        }
    }

    private static SubflowTransport watching(ChannelGroup group, Reads reads) {
        return Peers.tracking(group)
                .withInitializer(subflow -> subflow.pipeline().addLast(reads));
    }

    @Test
    @SuppressWarnings("deprecation") // RecvByteBufAllocator, for which Netty 4.2 has no replacement yet
    void shouldReadLittleWhenMemoryIsCritical() throws Exception {
        NioSocketChannel subflow = new NioSocketChannel();
        try {
            subflow.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(64 * KIB));
            ThriftyReads.install(subflow, budget);
            RecvByteBufAllocator.Handle handle = subflow.unsafe().recvBufAllocHandle();
            assertThat(handle.guess()).isEqualTo(64 * KIB);
            budget.change(BUDGET_BYTES, 0, SessionClock.nowNanos());
            assertThat(handle.guess()).isEqualTo(ThriftyReads.SMALL_READ_BYTES);
            ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
            assertThat(buffer.capacity()).isEqualTo(ThriftyReads.SMALL_READ_BYTES);
            buffer.release();
            // What a channel's options say still counts.
            subflow.config().setOption(ChannelOption.MAX_MESSAGES_PER_READ, 7);
            assertThat(subflow.config().getOption(ChannelOption.MAX_MESSAGES_PER_READ))
                    .isEqualTo(7);
        } finally {
            subflow.unsafe().closeForcibly();
        }
    }

    /** However long sessions are kept without subflows: those that have gone with what they made the server hold are not. */
    @Requirement("LIM-11")
    @Test
    void shouldNotKeepWhatStrangersHaveLeftForTheWholeResumptionTime() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listenForLong(peers, Echo::new);
            Recorder honest = peers.connect();
            for (int i = 0; i < 16; i++) {
                try (MemoryAttacker attacker = new MemoryAttacker(address(peers)).open(true)) {
                    attacker.attack(MemoryAttacker.Kind.HOLE, 60 * KIB, null);
                    long expected = (i + 1) * 100L * KIB;
                    eventually().until(() -> budget.usedBytes() >= expected);
                }
            }
            assertThat(budget.pressure()).isLessThan(MemoryPressure.HIGH);
            assertThat(budget.evictedSessions()).isZero();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> budget.usedBytes() < BUDGET_BYTES / 8);
            assertThat(peers.server().admission().forMemory()).isEqualTo(budget.evictedSessions());
            // Who is left disturbs nobody.
            assertThat(peers.server().sessionCount()).isBetween(2, 8);
            honest.send(KIB, KIB);
            honest.awaitReceived(KIB);
            assertThat(honest.exceptions()).isEmpty();
        }
    }

    /** Nor are those that made it hold nothing but themselves, if they are so many that it counts. */
    @Requirement("LIM-11")
    @Test
    void shouldNotKeepThousandsThatHaveShownNothingForTheWholeResumptionTime() throws Exception {
        int worthIt = BUDGET_BYTES / 8 / MemoryClaim.SESSION_BYTES;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listenForLong(peers, Echo::new);
            Recorder honest = peers.connect();
            for (int i = 0; i < 2 * worthIt; i++) {
                new MemoryAttacker(address(peers)).open(true).close();
            }
            Awaitility.await()
                    .atMost(Waiting.PATIENCE)
                    .until(() -> peers.server().sessionCount() <= worthIt);
            // Who is left disturbs nobody, and may come back.
            assertThat(peers.server().sessionCount()).isGreaterThan(worthIt / 2);
            honest.send(KIB, KIB);
            honest.awaitReceived(KIB);
            assertThat(honest.exceptions()).isEmpty();
        }
    }

    /** Who has carried much in a short time has not earned that it is held for him for long. */
    @Test
    void shouldNotKeepWhatIsMissedForLongerThanWasEarned() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listenForLong(peers, Recorder::new);
            for (int i = 0; i < 24; i++) {
                try (MemoryAttacker attacker = new MemoryAttacker(address(peers)).open(true)) {
                    attacker.attack(MemoryAttacker.Kind.LATE_HOLE, 60 * KIB, null);
                    long expected = (i + 1) * 100L * KIB;
                    eventually().until(() -> budget.usedBytes() >= expected);
                }
            }
            assertThat(budget.usedBytes()).isBetween(BUDGET_BYTES / 2L, BUDGET_BYTES / 10L * 7);
            assertThat(budget.evictedSessions()).isZero();
            Awaitility.await().atMost(Waiting.PATIENCE).until(() -> budget.usedBytes() < BUDGET_BYTES / 2);
            assertThat(budget.usedBytes()).isGreaterThan(BUDGET_BYTES / 4);
        }
    }

    /** What was sent and not acknowledged stays, for the next subflow; not the channel that it was sent on. */
    @Test
    void shouldKeepNoChannelOfALostSubflow() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listenForLong(peers, Echo::new);
            WeakReference<Channel> subflow;
            try (MemoryAttacker attacker = new MemoryAttacker(address(peers)).open(true)) {
                attacker.attack(MemoryAttacker.Kind.DEAF_ECHO, 10 * KIB, null);
                eventually().until(() -> budget.usedBytes() > 10 * KIB);
                subflow = new WeakReference<>(peers.serverSubflows.iterator().next());
            }
            Recorder session = peers.accepted();
            session.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            eventually().until(() -> {
                System.gc();
                return subflow.get() == null;
            });
            assertThat(session.session().stats().suspended()).isTrue();
            assertThat(budget.usedBytes()).isGreaterThan(10 * KIB);
        }
    }

    private void listenForLong(Peers peers, Supplier<Recorder> application) throws InterruptedException {
        peers.listen(
                peers.serverBootstrap(application)
                        .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                        .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofMinutes(10)),
                1);
    }

    /** Hundreds of other subflows may be ready in the same turn: their reads come behind that. */
    @Test
    void shouldEndAVictimBeforeItsLoopReadsOnAndLetGoOfItsHalfFrame() throws Exception {
        int frameBytes = 60 * KIB;
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Echo::new)
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    Peers.tracking(peers.serverSubflows).withInitializer(subflow -> subflow.config()
                                            .setAllocator(allocator))),
                    1);
            Recorder honest = peers.connect();
            Channel other = peers.serverSubflows.iterator().next();
            peers.accepted();
            try (MemoryAttacker attacker = new MemoryAttacker(address(peers)).open(true)) {
                Channel victim = peers.accepted().channel();
                attacker.attack(MemoryAttacker.Kind.HALF_FRAME, frameBytes, null);
                eventually().until(() -> budget.usedBytes() >= frameBytes / 2);

                victim.eventLoop()
                        .submit(() -> {
                            // As if other sessions held it.
                            budget.change(BUDGET_BYTES / 100 * 85, 0, SessionClock.nowNanos());
                            long before = allocator.metric().usedDirectMemory();
                            assertThat(budget.evictedSessions()).isEqualTo(1);
                            assertThat(victim.isOpen()).isTrue();
                            other.pipeline().fireChannelReadComplete();
                            assertThat(victim.isOpen()).isFalse();
                            assertThat(before - allocator.metric().usedDirectMemory())
                                    .isGreaterThan(frameBytes / 2);
                        })
                        .get();
            }
            assertThat(honest.exceptions()).isEmpty();
        }
    }

    private static SocketAddress address(Peers peers) {
        return peers.server().localAddress().paths().get(0).remote();
    }
}
