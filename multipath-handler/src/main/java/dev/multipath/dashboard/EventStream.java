package dev.multipath.dashboard;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Server-sent events: how all is, once a second, for as long as the viewer stays. */
final class EventStream extends ChannelInboundHandlerAdapter {

    private static final long PERIOD_MILLIS = 1000;

    private final DashboardState state;
    private ScheduledFuture<?> ticks;

    EventStream(DashboardState state) {
        this.state = state;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("x-content-type-options", "nosniff");
        HttpUtil.setTransferEncodingChunked(response, true);
        ctx.write(response);
        tick(ctx);
        ticks = ctx.executor()
                .scheduleAtFixedRate(() -> tick(ctx), PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** A viewer that is slow sees less often what there is. */
    private void tick(ChannelHandlerContext ctx) {
        if (!ctx.channel().isWritable()) {
            return;
        }
        try {
            ByteBuf event = ByteBufUtil.writeUtf8(ctx.alloc(), "data: " + state.json() + "\n\n");
            ctx.writeAndFlush(new DefaultHttpContent(event));
        } catch (RuntimeException e) {
            // Of whoever lists the sessions: a timer would tell nobody.
            ctx.fireExceptionCaught(e);
            ctx.close();
        }
    }

    /** There is no other answer on this connection. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        ctx.close();
    }

    /** A viewer has nothing to say; one that is gone is found out by what it is sent. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof IdleStateEvent)) {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ticks.cancel(false);
    }
}
