package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what comes and throws it away. */
public final class SinkHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(SinkHandler.class);

    private long receivedBytes;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        receivedBytes += bytes.readableBytes();
        bytes.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        LOGGER.info("sink: {} bytes received", receivedBytes);
        ctx.fireChannelInactive();
    }
}
