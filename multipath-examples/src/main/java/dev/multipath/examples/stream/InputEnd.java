package dev.multipath.examples.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;

/** User event: what feeds this channel has ended, and the channel has taken every byte of it. */
enum InputEnd {
    INSTANCE;

    /** Fires this event on the channel once it has taken all that was written to it so far. */
    static void fireAfterFlush(Channel channel) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(taken -> {
            if (taken.isSuccess()) {
                channel.pipeline().fireUserEventTriggered(INSTANCE);
            }
        });
    }

    /** Closes the channel once it has taken all that was written to it so far; a plain close would drop that. */
    static void closeAfterFlush(Channel channel) {
        if (channel.isActive()) {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else {
            channel.close();
        }
    }
}
