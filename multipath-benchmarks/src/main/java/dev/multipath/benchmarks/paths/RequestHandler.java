package dev.multipath.benchmarks.paths;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;

/** A client that makes one request after the other; the first one's time begins with the attempt to connect. */
final class RequestHandler extends ChannelInboundHandlerAdapter {

    private static final double NANOS_PER_MILLI = 1e6;

    private final Job job;
    private final int count;
    private final boolean early;
    private final long createdNanos = System.nanoTime();
    private final List<Double> millis = new ArrayList<>();
    private double firstByteMillis = -1;
    private long requestedNanos = createdNanos;
    private long gotBytes;

    /**
     * Creates one for one connection.
     *
     * @param early whether the first request is written before the channel is connected
     */
    RequestHandler(Job job, int count, boolean early) {
        this.job = job;
        this.count = count;
        this.early = early;
    }

    List<Double> millis() {
        return millis;
    }

    double firstByteMillis() {
        return firstByteMillis;
    }

    @Override
    public void channelRegistered(ChannelHandlerContext ctx) {
        if (early) {
            begin(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (!early) {
            begin(ctx);
        }
    }

    private void begin(ChannelHandlerContext ctx) {
        ctx.write(job.write(ctx.alloc()));
        request(ctx);
    }

    private void request(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(ctx.alloc().buffer(job.requestBytes()).writeZero(job.requestBytes()));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        long nowNanos = System.nanoTime();
        if (firstByteMillis < 0) {
            firstByteMillis = (nowNanos - createdNanos) / NANOS_PER_MILLI;
        }
        gotBytes += in.readableBytes();
        in.release();
        if (gotBytes == job.responseBytes()) {
            gotBytes = 0;
            millis.add((nowNanos - requestedNanos) / NANOS_PER_MILLI);
            requestedNanos = nowNanos;
            if (millis.size() < count) {
                request(ctx);
            } else {
                ctx.close();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        System.err.println(cause);
        ctx.close();
    }
}
