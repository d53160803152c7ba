package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.SubflowView;
import dev.multipath.scheduler.Urgency;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Writes of which the application says how urgent they are. */
class PrioritizedWriteTest {

    private final Set<Urgency> seen = ConcurrentHashMap.newKeySet();
    private volatile long dueBytes;

    private final class Recording implements Scheduler {
        private final Scheduler lowestRtt = new LowestRttScheduler();

        @Override
        public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
            seen.add(offer.urgency());
            if (offer.deadlineNanos() != Long.MAX_VALUE && offer.deadlineNanos() > nowNanos) {
                dueBytes = Math.max(dueBytes, offer.dueBytes());
            }
            return lowestRtt.select(subflows, offer, nowNanos);
        }
    }

    @Test
    void shouldTellTheSchedulerAndDeliverInOrder() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.SCHEDULER, Recording::new));
            Channel channel = client.channel();
            channel.write(Pattern.bytes(channel.alloc(), 0, 1_000));
            channel.write(PrioritizedWrite.of(Pattern.bytes(channel.alloc(), 1_000, 500), Urgency.URGENT));
            ChannelFuture last = channel.writeAndFlush(
                    PrioritizedWrite.within(Pattern.bytes(channel.alloc(), 1_500, 700), Duration.ofMinutes(1)));

            assertThat(last.sync().isSuccess()).isTrue();
            peers.accepted().awaitReceived(2_200);
            assertThat(seen).containsExactlyInAnyOrder(Urgency.NORMAL, Urgency.URGENT);
            assertThat(dueBytes).isBetween(700L, 2_200L);
        }
    }

    /** One that is larger than all buffers goes in pieces, and makes the channel unwritable meanwhile. */
    @Test
    void shouldTakeALargeOneInPieces() throws Exception {
        int bytes = 5_000_000;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.SEND_BUFFER_BYTES, 256 << 10));
            Channel channel = client.channel();
            ByteBuf content = Pattern.bytes(channel.alloc(), 0, bytes);
            ByteBuf shared = content.retainedDuplicate();
            channel.writeAndFlush(PrioritizedWrite.of(content, Urgency.BULK));
            channel.close();

            peers.accepted().awaitReceived(bytes);
            eventually().until(() -> shared.refCnt() == 1);
            assertThat(shared.readableBytes()).isEqualTo(bytes);
            shared.release();
        }
    }

    @Test
    void shouldReleaseWhatCannotBeSent() throws Exception {
        ByteBuf content = Unpooled.buffer().writeZero(10);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            client.channel().close().sync();

            assertThat(client.channel()
                            .writeAndFlush(PrioritizedWrite.of(content, Urgency.URGENT))
                            .await()
                            .isSuccess())
                    .isFalse();
            assertThat(content.refCnt()).isZero();
        }
    }

    @Test
    void shouldRefuseDeadlinesThatCannotBe() {
        ByteBuf content = Unpooled.buffer().writeZero(10);
        for (Duration within : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofDays(100_000))) {
            assertThatIllegalArgumentException().isThrownBy(() -> PrioritizedWrite.within(content, within));
        }
        assertThat(content.release()).isTrue();
    }

    @Test
    void shouldKeepWhatIsSaidOfItWhenItsContentIsReplaced() {
        PrioritizedWrite write = PrioritizedWrite.of(Unpooled.buffer().writeZero(10), Urgency.URGENT);
        PrioritizedWrite copy = write.copy();

        assertThat(copy).isEqualTo(write).hasSameHashCodeAs(write);
        assertThat(copy.urgency()).isEqualTo(Urgency.URGENT);
        assertThat(PrioritizedWrite.of(copy.content(), Urgency.BULK)).isNotEqualTo(write);
        write.release();
        copy.release();
    }
}
