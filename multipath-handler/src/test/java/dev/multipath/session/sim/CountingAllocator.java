package dev.multipath.session.sim;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/**
 * Hands out unpooled heap buffers and counts those that are not released. Much cheaper than the leak detector, and it
 * needs no garbage collection to find a leak.
 */
final class CountingAllocator extends AbstractByteBufAllocator {

    private int live;

    /** Buffers that were handed out and not released. */
    int live() {
        return live;
    }

    /** A buffer over the bytes of an existing array. */
    ByteBuf wrap(byte[] array, int offset, int length) {
        return new CountedBuffer(array).setIndex(offset, offset + length);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return new CountedBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return newHeapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public CompositeByteBuf compositeDirectBuffer(int maxNumComponents) {
        return compositeHeapBuffer(maxNumComponents);
    }

    @Override
    public CompositeByteBuf compositeHeapBuffer(int maxNumComponents) {
        return new CountedComposite(maxNumComponents);
    }

    private final class CountedComposite extends CompositeByteBuf {

        CountedComposite(int maxNumComponents) {
            super(CountingAllocator.this, false, maxNumComponents);
            live++;
        }

        @Override
        protected void deallocate() {
            live--;
            super.deallocate();
        }
    }

    private final class CountedBuffer extends UnpooledHeapByteBuf {

        CountedBuffer(int initialCapacity, int maxCapacity) {
            super(CountingAllocator.this, initialCapacity, maxCapacity);
            live++;
        }

        CountedBuffer(byte[] array) {
            super(CountingAllocator.this, array, array.length);
            live++;
        }

        @Override
        protected void deallocate() {
            live--;
            super.deallocate();
        }
    }
}
