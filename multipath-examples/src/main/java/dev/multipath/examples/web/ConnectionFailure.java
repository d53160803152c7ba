package dev.multipath.examples.web;

import dev.multipath.channel.MultipathChannel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of a connection, or a session, whose protocol is broken, or that is cut. */
final class ConnectionFailure {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConnectionFailure.class);

    private ConnectionFailure() {}

    /** As {@code exceptionCaught} of the last handler that there is for a connection. */
    static void handle(ChannelHandlerContext ctx, Throwable cause) {
        if (ctx.channel() instanceof MultipathChannel) {
            // Who watches the session tells of it, and closes it.
            ctx.fireExceptionCaught(cause);
            return;
        }
        LOGGER.debug("{} failed", ctx.channel(), cause);
        ctx.close();
    }

    /** For behind a codec of HTTP/2, which says what it has to say to the client, and closes, by itself. */
    static final class OfHttp2 extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (ctx.channel() instanceof MultipathChannel || !(cause instanceof Http2Exception)) {
                handle(ctx, cause);
            } else {
                LOGGER.debug("{} failed", ctx.channel(), cause);
            }
        }
    }
}
