package dev.multipath.benchmarks.stack;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.LongAdder;

/** Counts what comes, and writes as fast as the channel takes it, if it is to write. */
final class Flood extends ChannelInboundHandlerAdapter {

    /** The loop must get to read between two bursts, or a channel that is always writable would never yield. */
    private static final int MAX_WRITES_IN_A_ROW = 4096;

    private final int writeBytes;
    private final int writesPerFlush;
    private final LongAdder received;
    private final LongAdder writes;
    private ByteBuf data;
    private boolean writing;

    /**
     * Makes one for one channel.
     *
     * @param writeBytes 0 if it only reads
     */
    Flood(int writeBytes, int writesPerFlush, LongAdder received, LongAdder writes) {
        this.writeBytes = writeBytes;
        this.writesPerFlush = writesPerFlush;
        this.received = received;
        this.writes = writes;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (writeBytes > 0) {
            data = ctx.alloc().directBuffer(writeBytes).writeZero(writeBytes);
            write(ctx);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        write(ctx);
    }

    private void write(ChannelHandlerContext ctx) {
        if (data == null || writing) {
            return;
        }
        writing = true;
        try {
            int count = 0;
            while (ctx.channel().isWritable() && ctx.channel().isActive() && count < MAX_WRITES_IN_A_ROW) {
                ctx.write(data.retainedDuplicate(), ctx.voidPromise());
                count++;
                if (count % writesPerFlush == 0 || !ctx.channel().isWritable()) {
                    ctx.flush();
                }
            }
            writes.add(count);
            ctx.flush();
            // The last flush may have made it writable, which was told while we were writing.
            if (ctx.channel().isWritable() && ctx.channel().isActive()) {
                ctx.executor().execute(() -> write(ctx));
            }
        } finally {
            writing = false;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf buffer = (ByteBuf) msg;
        received.add(buffer.readableBytes());
        buffer.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (data != null) {
            data.release();
            data = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // The end of a run cuts what is under way.
        ctx.close();
    }
}
