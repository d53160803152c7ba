package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import org.junit.jupiter.api.Test;

/** Small frames of one event loop's channels go into the same buffer, one after the other; but not while one of them has it still. */
class SpareBatchTest {

    private final ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;

    /** Runs it as on an event loop, which ends then. */
    private static void onLoop(Runnable test) throws Exception {
        RunnableFuture<Void> done = new FutureTask<>(test, null);
        Thread loop = new FastThreadLocalThread(done);
        loop.start();
        done.get();
        loop.join();
    }

    /** A socket that takes all at once. */
    private static final class Taking extends ChannelOutboundHandlerAdapter {
        private final List<ByteBuf> seen;

        Taking(List<ByteBuf> seen) {
            this.seen = seen;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            seen.add(bare((ByteBuf) msg));
            ((ByteBuf) msg).release();
        }
    }

    private EmbeddedChannel channel() {
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameEncoder());
        channel.config().setAllocator(allocator);
        return channel;
    }

    private static EmbeddedChannel taking(List<ByteBuf> seen, ByteBufAllocator ofChannel) {
        EmbeddedChannel channel = new EmbeddedChannel(new Taking(seen), new MultipathFrameEncoder());
        channel.config().setAllocator(ofChannel);
        return channel;
    }

    private static ByteBuf answer(EmbeddedChannel channel) {
        channel.pipeline().get(MultipathFrameEncoder.class).writeAck(12, 1000, 2, 5);
        channel.flush();
        return channel.readOutbound();
    }

    /** The object itself, in whatever the leak detector has put it. */
    private static ByteBuf bare(ByteBuf buffer) {
        ByteBuf inner = buffer;
        while (inner.unwrap() != null) {
            inner = inner.unwrap();
        }
        return inner;
    }

    @Test
    void shouldNotUseABufferAgainThatAChannelHasStill() throws Exception {
        onLoop(() -> {
            EmbeddedChannel first = channel();
            EmbeddedChannel second = channel();
            ByteBuf held = answer(first);
            ByteBuf before = held.copy();

            ByteBuf other = answer(second);

            assertThat(bare(other)).isNotSameAs(bare(held));
            assertThat(held).isEqualTo(before);
            assertThat(List.of(held.refCnt(), other.refCnt())).containsOnly(1);
            List.of(held, before, other).forEach(ByteBuf::release);
        });
    }

    @Test
    void shouldUseABufferAgainThatIsWritten() throws Exception {
        List<ByteBuf> seen = new ArrayList<>();
        onLoop(() -> {
            for (int i = 0; i < 3; i++) {
                EmbeddedChannel channel = taking(seen, allocator);
                answer(channel);
                answer(channel);
            }
            assertThat(seen).hasSize(6).allMatch(buffer -> buffer == seen.get(0));
            assertThat(seen.get(0).refCnt()).isOne();
        });
        assertThat(seen.get(0).refCnt()).as("behind the end of the thread").isZero();
    }

    /** An application that counts what it has given sees all of it again. */
    @Test
    void shouldKeepNothingOfAnAllocatorThatIsNotTheDefault() throws Exception {
        UnpooledByteBufAllocator own = new UnpooledByteBufAllocator(true);
        List<ByteBuf> seen = new ArrayList<>();
        onLoop(() -> {
            answer(taking(seen, own));
            assertThat(seen).singleElement().matches(buffer -> buffer.refCnt() == 0);
            assertThat(own.metric().usedDirectMemory()).isZero();
            // Nor is it given one that others have used.
            answer(taking(seen, allocator));
            answer(taking(seen, own));
            assertThat(seen.get(2)).isNotSameAs(seen.get(1));
        });
    }

    /** Where the frames were many it has grown, and would be a large one for a small answer that nobody reads. */
    @Test
    void shouldNotKeepALargeBuffer() throws Exception {
        List<ByteBuf> seen = new ArrayList<>();
        onLoop(() -> {
            EmbeddedChannel channel = taking(seen, allocator);
            MultipathFrameEncoder encoder = channel.pipeline().get(MultipathFrameEncoder.class);
            for (int i = 0; i < 100; i++) {
                encoder.writeAck(12, 1000, 2, 5);
            }
            channel.flush();
            assertThat(seen).singleElement().matches(buffer -> buffer.refCnt() == 0);
        });
    }

    /** Nobody would release it. */
    @Test
    void shouldKeepNothingOnAnyOtherThread() {
        List<ByteBuf> seen = new ArrayList<>();

        answer(taking(seen, allocator));

        assertThat(seen).singleElement().matches(buffer -> buffer.refCnt() == 0);
    }
}
