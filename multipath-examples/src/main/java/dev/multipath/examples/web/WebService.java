package dev.multipath.examples.web;

import dev.multipath.path.MultipathAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.ssl.SslHandler;
import java.util.stream.Collectors;

/** Answers a GET with how it came, and a POST with its own body. The same for plain connections and sessions. */
public final class WebService extends SimpleChannelInboundHandler<FullHttpRequest> {
    /** A body is held in memory, and here it is an example's. */
    private static final int MAX_BODY_BYTES = 1 << 20;

    private WebService() {}

    /** Adds the whole of a web server. */
    public static void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(
                new HttpServerCodec(),
                new HttpServerKeepAliveHandler(),
                new HttpObjectAggregator(MAX_BODY_BYTES),
                new WebService());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            ByteBuf text = ByteBufUtil.writeUtf8(ctx.alloc(), "not HTTP\n");
            answer(ctx, request, HttpResponseStatus.BAD_REQUEST, text);
        } else if (request.method().equals(HttpMethod.GET)) {
            ByteBuf text = ByteBufUtil.writeUtf8(ctx.alloc(), "Hello over " + describe(ctx.channel()) + "\n");
            answer(ctx, request, HttpResponseStatus.OK, text);
        } else if (request.method().equals(HttpMethod.POST)) {
            answer(ctx, request, HttpResponseStatus.OK, request.content().retain());
        } else {
            answer(
                    ctx,
                    request,
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    ctx.alloc().buffer(0));
        }
    }

    private static String describe(Channel channel) {
        if (channel.remoteAddress() instanceof MultipathAddress address) {
            return "multipath by "
                    + address.paths().stream()
                            .map(path -> path.remote().toString())
                            .collect(Collectors.joining(" and "));
        }
        return (channel.pipeline().get(SslHandler.class) == null ? "plain TCP" : "TLS") + " from "
                + channel.remoteAddress();
    }

    private static void answer(
            ChannelHandlerContext ctx, FullHttpRequest request, HttpResponseStatus status, ByteBuf body) {
        FullHttpResponse response = new DefaultFullHttpResponse(request.protocolVersion(), status, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN);
        HttpUtil.setContentLength(response, body.readableBytes());
        ctx.writeAndFlush(response);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ConnectionFailure.handle(ctx, cause);
    }
}
