package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

/** What is copied so that it pins no more than four times its size. */
class PinnedMemoryTest {

    private static final int KIB = 1 << 10;

    /** A part of a buffer of that size: whether it is kept as it is. */
    private static boolean isKept(int capacity, int bytes) {
        ByteBuf whole = Unpooled.buffer(capacity).writeZero(capacity);
        whole.setByte(1, 7);
        ByteBuf part = whole.slice(1, bytes);
        ByteBuf kept = PinnedMemory.compact(part, UnpooledByteBufAllocator.DEFAULT);
        boolean same = kept == part;
        assertThat(kept.readableBytes()).isEqualTo(bytes);
        assertThat(kept.getByte(kept.readerIndex())).isEqualTo((byte) 7);
        assertThat(whole.refCnt()).isEqualTo(same ? 1 : 0);
        kept.release();
        return same;
    }

    @Test
    void shouldCopyASmallPartOfALargeBuffer() {
        assertThat(isKept(4 * KIB + 4, KIB + 1)).as("a quarter").isTrue();
        assertThat(isKept(4 * KIB + 4, KIB)).as("less than a quarter").isFalse();
    }

    @Test
    void shouldNotBotherWithSmallBuffers() {
        assertThat(isKept(KIB - 1, 1)).isTrue();
        assertThat(isKept(KIB, 1)).isFalse();
    }

    /** Then it is no small part of any usual read buffer. */
    @Test
    void shouldKeepWhatIsLarge() {
        assertThat(isKept(256 * KIB, 16 * KIB)).isTrue();
        assertThat(isKept(256 * KIB, 16 * KIB - 1)).isFalse();
    }

    @Test
    void shouldCountAllThatACompositePins() {
        assertThat(isCompositeKept(2)).as("twice its size").isTrue();
        assertThat(isCompositeKept(5)).as("five times").isFalse();
    }

    private static boolean isCompositeKept(int times) {
        CompositeByteBuf composite = Unpooled.compositeBuffer();
        for (int i = 0; i < 2; i++) {
            ByteBuf whole = Unpooled.buffer(times * 20 * KIB).writeZero(times * 20 * KIB);
            composite.addComponent(true, whole.slice(0, 20 * KIB));
        }
        ByteBuf kept = PinnedMemory.compact(composite, UnpooledByteBufAllocator.DEFAULT);
        boolean same = kept == composite;
        assertThat(composite.refCnt()).isEqualTo(same ? 1 : 0);
        assertThat(kept.readableBytes()).isEqualTo(40 * KIB);
        kept.release();
        return same;
    }

    @Test
    void shouldCostMoreThanItsBytes() {
        assertThat(PinnedMemory.costBytes(3, 100)).isEqualTo(3 * 256 + 2 * 100);
    }
}
