package dev.multipath.benchmarks.paths;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Does the one job that a client asks for, at the server. */
final class JobHandler extends ChannelInboundHandlerAdapter {

    private final Consumer<String> report;
    private ByteBuf header = Unpooled.buffer(Job.HEADER_BYTES);
    private Job job;
    private Timeline timeline;
    private Source source;
    private long unansweredBytes;
    private ByteBuf response;

    JobHandler(Consumer<String> report) {
        this.report = report;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (job == null) {
                header.writeBytes(in, Math.min(in.readableBytes(), Job.HEADER_BYTES - header.readableBytes()));
                if (header.readableBytes() < Job.HEADER_BYTES) {
                    return;
                }
                begin(ctx, Job.read(header));
            }
            onBytes(ctx, in.readableBytes());
        } finally {
            in.release();
        }
    }

    private void begin(ChannelHandlerContext ctx, Job asked) {
        job = asked;
        switch (job.kind()) {
            case UPLOAD -> timeline = new Timeline();
            case REQUESTS ->
                response = ctx.alloc().directBuffer(job.responseBytes()).writeZero(job.responseBytes());
            case DOWNLOAD -> {
                source = new Source(ctx.channel(), TimeUnit.MILLISECONDS.toNanos(job.requestBytes()));
                source.done().addListener(f -> ctx.close());
                source.write();
            }
        }
    }

    private void onBytes(ChannelHandlerContext ctx, int bytes) {
        if (bytes == 0) {
            return;
        }
        if (job.kind() == Job.Kind.UPLOAD) {
            timeline.add(bytes);
        } else if (job.kind() == Job.Kind.REQUESTS) {
            unansweredBytes += bytes;
            while (unansweredBytes >= job.requestBytes()) {
                unansweredBytes -= job.requestBytes();
                ctx.writeAndFlush(response.retainedDuplicate(), ctx.voidPromise());
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (source != null) {
            source.write();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (timeline != null) {
            report.accept(timeline.toJson());
        }
        if (response != null) {
            response.release();
            response = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        System.err.println(cause);
        ctx.close();
    }
}
