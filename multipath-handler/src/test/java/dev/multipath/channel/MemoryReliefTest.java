package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import dev.multipath.transport.SubflowTransport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
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
            peers.listen(
                    peers.serverBootstrap(Echo::new)
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                            .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofMinutes(10)),
                    1);
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

    private static SocketAddress address(Peers peers) {
        return peers.server().localAddress().paths().get(0).remote();
    }
}
