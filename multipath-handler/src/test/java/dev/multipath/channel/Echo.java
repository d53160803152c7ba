package dev.multipath.channel;

import io.netty.channel.ChannelHandlerContext;

/** Sends back what comes, and does not read while it cannot write: the usual bounded echo server. */
final class Echo extends Recorder {

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ctx.write(msg, ctx.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        super.channelWritabilityChanged(ctx);
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }
}
