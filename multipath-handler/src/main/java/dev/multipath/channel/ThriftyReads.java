package dev.multipath.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * How much is read from a subflow at a time: what the channel's own allocator wants, and less when memory is short. One turn of
 * an event loop may find hundreds of subflows that can be read, a MiB each, and whoever is to be ended for it ends only behind
 * them all. So whatever strangers send, one turn adds a few KiB for each of them at the most.
 */
@SuppressWarnings("deprecation") // RecvByteBufAllocator, for which Netty 4.2 has no replacement yet
final class ThriftyReads implements MaxMessagesRecvByteBufAllocator {

    /** A read when memory is critical. */
    static final int SMALL_READ_BYTES = 4 << 10;

    private final MaxMessagesRecvByteBufAllocator base;
    private final MemoryBudget budget;

    private ThriftyReads(MaxMessagesRecvByteBufAllocator base, MemoryBudget budget) {
        this.base = base;
        this.budget = budget;
    }

    /** Before the channel's first read; later it is without effect. */
    static void install(Channel subflow, MemoryBudget budget) {
        ChannelConfig config = subflow.config();
        RecvByteBufAllocator own = config.getRecvByteBufAllocator();
        // All of Netty's are; who has made one of his own knows what he wants.
        if (own instanceof MaxMessagesRecvByteBufAllocator base && !(own instanceof ThriftyReads)) {
            config.setRecvByteBufAllocator(new ThriftyReads(base, budget));
        }
    }

    @Override
    public int maxMessagesPerRead() {
        return base.maxMessagesPerRead();
    }

    @Override
    public MaxMessagesRecvByteBufAllocator maxMessagesPerRead(int maxMessagesPerRead) {
        base.maxMessagesPerRead(maxMessagesPerRead);
        return this;
    }

    @Override
    public Handle newHandle() {
        return new ThriftyHandle((ExtendedHandle) base.newHandle());
    }

    private final class ThriftyHandle extends DelegatingHandle implements ExtendedHandle {

        ThriftyHandle(ExtendedHandle base) {
            super(base);
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return budget.isCritical() ? allocator.ioBuffer(guess()) : super.allocate(allocator);
        }

        @Override
        public int guess() {
            int bytes = super.guess();
            return budget.isCritical() ? Math.min(bytes, SMALL_READ_BYTES) : bytes;
        }

        @Override
        public boolean continueReading() {
            return !budget.isShort() && super.continueReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return !budget.isShort() && ((ExtendedHandle) delegate()).continueReading(maybeMoreData);
        }
    }
}
