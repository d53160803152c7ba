package dev.multipath.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;

/**
 * Answers Pings, in front of Netty's handler: that answers each, and keeps what the peer does not read. Anybody can send them who
 * has asked for a WebSocket, long before he has proved anything. So there is one Pong on its way, and of the Pings that come
 * meanwhile the newest is answered behind it (RFC 6455 section 5.5.3).
 */
final class WebSocketPings extends ChannelInboundHandlerAdapter {

    /** What the newest Ping says, of those that are to be answered yet; else null. */
    private ByteBuf newest;

    private boolean underWay;

    /** What this read has brought. */
    private boolean pinged;

    private boolean passedOn;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof PingWebSocketFrame ping) {
            pinged = true;
            release();
            // Not a part of what was read, which is larger.
            newest = ping.content().copy();
            ping.release();
        } else {
            passedOn = true;
            ctx.fireChannelRead(msg);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        answer(ctx);
        if (pinged && !passedOn && !ctx.channel().config().isAutoRead()) {
            // Who has asked for a read is to get something.
            ctx.read();
        }
        pinged = false;
        passedOn = false;
        ctx.fireChannelReadComplete();
    }

    private void answer(ChannelHandlerContext ctx) {
        if (newest != null && !underWay) {
            PongWebSocketFrame pong = new PongWebSocketFrame(newest);
            newest = null;
            underWay = true;
            ctx.writeAndFlush(pong).addListener(done -> {
                underWay = false;
                if (done.isSuccess()) {
                    answer(ctx);
                }
            });
        }
    }

    private void release() {
        if (newest != null) {
            newest.release();
            newest = null;
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        release();
    }
}
