package dev.multipath.examples.emulator;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/** Tells the two flows of a connection what happens on one of its channels. */
final class RelayHandler extends ChannelInboundHandlerAdapter {

    private final Flow fromChannel;
    private final Flow toChannel;

    RelayHandler(Flow fromChannel, Flow toChannel) {
        this.fromChannel = fromChannel;
        this.toChannel = toChannel;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        fromChannel.received((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        fromChannel.readComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        toChannel.resume();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            fromChannel.finish();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A reset by the peer, before Netty reports the end of input as if it were a FIN.
        fromChannel.abort();
        Connection.reset(context.channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fromChannel.abort();
    }
}
