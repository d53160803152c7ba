package dev.multipath.examples.emulator;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/** Tells the two flows of a connection what happens on one of its channels. */
final class RelayHandler extends ChannelInboundHandlerAdapter {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(RelayHandler.class);

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
        reset(context.channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fromChannel.abort();
    }

    /** Closes a channel with RST instead of FIN; what it has not written yet is dropped. */
    static void reset(Channel channel) {
        if (channel.isOpen()) {
            try {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            } catch (ChannelException e) {
                // Some systems refuse options of a socket that the peer has reset: then there is nobody to tell.
                LOGGER.debug("{} is closed without SO_LINGER", channel, e);
            }
            channel.close();
        }
    }
}
