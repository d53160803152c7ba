package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;

/**
 * An event loop's buffer for small frames: when a channel has written it, the next channel's go into it. Each answer would take one from
 * the allocator else, and the leak detector takes a stack trace of each 128th. It is of Netty's default allocator: one that an application
 * has chosen is to have all back when its channels are closed. None is kept on a thread that does not clean up behind itself.
 */
final class SpareBatch {

    /** Small, since a lone acknowledgement to a peer that does not read keeps its buffer for as long. */
    static final int BYTES = 256;

    private static final FastThreadLocal<SpareBatch> SPARE = new FastThreadLocal<>() {
        @Override
        protected SpareBatch initialValue() {
            return new SpareBatch(FastThreadLocalThread.currentThreadWillCleanupFastThreadLocals());
        }

        @Override
        protected void onRemoval(SpareBatch spare) {
            spare.release();
        }
    };

    private final boolean isCleanedUp;

    /** Empty, and nobody else's; or null. */
    private ByteBuf buffer;

    private SpareBatch(boolean isCleanedUp) {
        this.isCleanedUp = isCleanedUp;
    }

    /** An empty buffer of that size, the caller's own. */
    static ByteBuf take(ByteBufAllocator allocator) {
        if (allocator != ByteBufAllocator.DEFAULT) {
            return allocator.ioBuffer(BYTES);
        }
        SpareBatch spare = SPARE.get();
        ByteBuf taken = spare.buffer;
        if (taken == null) {
            return allocator.ioBuffer(BYTES);
        }
        spare.buffer = null;
        return taken;
    }

    /** Of one that was written; if its channel has it still, or it has grown, it is only released. */
    static void giveBack(ByteBuf written) {
        boolean isReusable =
                written.alloc() == ByteBufAllocator.DEFAULT && written.capacity() == BYTES && written.refCnt() == 1;
        if (!isReusable || !SPARE.get().keep(written)) {
            written.release();
        }
    }

    private boolean keep(ByteBuf written) {
        boolean kept = isCleanedUp && buffer == null;
        if (kept) {
            buffer = written.clear();
        }
        return kept;
    }

    private void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
