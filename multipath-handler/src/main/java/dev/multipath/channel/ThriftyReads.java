package dev.multipath.channel;

import dev.multipath.codec.MultipathFrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * How much is read from a subflow at a time: what the channel's own allocator wants, and less in two cases. Both are of strangers
 * who would have a turn of an event loop for themselves, and let all other subflows on it wait.
 *
 * <p>When memory is short: one turn may find hundreds of subflows that can be read, a MiB each, and whoever is to be ended for
 * it ends only behind them all. So whatever strangers send, one turn adds a few KiB for each of them at the most.
 *
 * <p>When frames are tiny: a MiB is half a million pings, which take a tenth of a second. So a turn ends with the read that has
 * brought enough frames, and reads are as small as the frames before them were, for as many of these. Of bulk data as much is read
 * as the channel's allocator wants, but for {@link WholeFrameReads}.
 *
 * <p>And never so little that a small frame would take two reads.
 */
@SuppressWarnings("deprecation") // RecvByteBufAllocator, for which Netty 4.2 has no replacement yet
final class ThriftyReads implements MaxMessagesRecvByteBufAllocator {

    /** A read when memory is critical, and the smallest for many frames: below it, the system call costs more than the frames. */
    static final int SMALL_READ_BYTES = 4 << 10;

    /**
     * An adaptive allocator's guess goes down to what has come lately, 96 bytes for a request of 64; and the next one with an
     * acknowledgement more takes two reads, or three. Several such frames fit into this, and no slice is made of so little.
     */
    static final int SMALLEST_READ_BYTES = 512;

    /**
     * A subflow's share of a turn. As many as the session takes between two pumps; and as the frames of 64 bytes that fit into the
     * largest read, so that nobody is read in smaller pieces who has something to say.
     */
    static final int FRAMES_A_TURN = 1 << 10;

    /** So many small ones show what more of them would be; a few may be anybody's. */
    private static final int TELLING_FRAMES = FRAMES_A_TURN / 8;

    private final Channel subflow;
    private final MaxMessagesRecvByteBufAllocator base;
    private final MemoryBudget budget;

    private ThriftyReads(Channel subflow, MaxMessagesRecvByteBufAllocator base, MemoryBudget budget) {
        this.subflow = subflow;
        this.base = base;
        this.budget = budget;
    }

    /** Before the channel's first read; later it is without effect. */
    static void install(Channel subflow, MemoryBudget budget) {
        ChannelConfig config = subflow.config();
        RecvByteBufAllocator own = config.getRecvByteBufAllocator();
        // All of Netty's are; who has made one of his own knows what he wants.
        if (own instanceof MaxMessagesRecvByteBufAllocator base && !(own instanceof ThriftyReads)) {
            config.setRecvByteBufAllocator(new ThriftyReads(subflow, base, budget));
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

    /** On the subflow's loop. */
    private final class ThriftyHandle extends DelegatingHandle implements ExtendedHandle {

        private final boolean isAdaptive = base instanceof AdaptiveRecvByteBufAllocator;
        private final WholeFrameReads wholeFrames = new WholeFrameReads();

        /** Not there before the first turn, nor before its channel is set up. */
        private MultipathFrameDecoder decoder;

        private long framesBefore;
        private long bytes;

        /** By the last turn's. */
        private int mostBytes = Integer.MAX_VALUE;

        ThriftyHandle(ExtendedHandle own) {
            super(own);
        }

        /** Another turn begins. */
        @Override
        public void reset(ChannelConfig config) {
            super.reset(config);
            mostBytes = mostBytes();
            bytes = 0;
            framesBefore += frames();
        }

        /** So many that they bring about as many frames as they should, if they are as small as this turn's. */
        private int mostBytes() {
            long frames = frames();
            if (frames < TELLING_FRAMES) {
                return Integer.MAX_VALUE;
            }
            return (int) Math.min(Integer.MAX_VALUE, Math.max(SMALL_READ_BYTES, bytes * FRAMES_A_TURN / frames));
        }

        /** Of this turn. */
        private long frames() {
            if (decoder == null) {
                decoder = subflow.pipeline().get(MultipathFrameDecoder.class);
            }
            return decoder == null ? 0 : decoder.messages() - framesBefore;
        }

        @Override
        public void lastBytesRead(int read) {
            super.lastBytesRead(read);
            if (read > 0) {
                bytes += read;
                wholeFrames.onRead(read);
            }
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            int usual = super.guess();
            int wanted = guess();
            if (wanted >= usual && decoder != null) {
                wanted = wholeFrames.bytes(wanted, decoder);
            }
            return wanted == usual ? super.allocate(allocator) : allocator.ioBuffer(wanted);
        }

        @Override
        public int guess() {
            int usual = isAdaptive ? Math.max(SMALLEST_READ_BYTES, super.guess()) : super.guess();
            int wanted = Math.min(usual, Math.min(mostBytes, mostBytes()));
            return budget.isCritical() ? Math.min(wanted, SMALL_READ_BYTES) : wanted;
        }

        @Override
        public boolean continueReading() {
            return mayContinue() && super.continueReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return mayContinue() && ((ExtendedHandle) delegate()).continueReading(maybeMoreData);
        }

        private boolean mayContinue() {
            return !budget.isShort() && frames() < FRAMES_A_TURN;
        }
    }
}
