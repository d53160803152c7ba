package dev.multipath.benchmarks.paths;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** A client that sends bulk for a time, or receives it. */
final class BulkHandler extends ChannelInboundHandlerAdapter {

    private final Job job;
    private final long sendNanos;
    private final Timeline timeline = new Timeline();
    private Source source;

    /**
     * Makes one.
     *
     * @param sendNanos how long it sends, of an upload
     */
    BulkHandler(Job job, long sendNanos) {
        this.job = job;
        this.sendNanos = sendNanos;
    }

    Timeline timeline() {
        return timeline;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(job.write(ctx.alloc()));
        if (job.kind() == Job.Kind.UPLOAD) {
            source = new Source(ctx.channel(), sendNanos);
            source.done().addListener(f -> ctx.close());
            source.write();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (source != null) {
            source.write();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        timeline.add(in.readableBytes());
        in.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        System.err.println(cause);
        ctx.close();
    }
}
