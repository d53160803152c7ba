package dev.multipath.examples.view;

import dev.multipath.micrometer.MultipathMeterBinder;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;

/** Answers {@code GET /metrics} in Prometheus' text format. */
@Sharable
final class MetricsHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    static final String PATH = "/metrics";

    /** What Prometheus' own documents call it. */
    private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

    private static final String PLAIN = "text/plain; charset=utf-8";

    private final MultipathMeterBinder binder;
    private final PrometheusMeterRegistry registry;

    MetricsHandler(MultipathMeterBinder binder, PrometheusMeterRegistry registry) {
        this.binder = binder;
        this.registry = registry;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        boolean isHead = request.method().equals(HttpMethod.HEAD);
        if (!isHead && !request.method().equals(HttpMethod.GET)) {
            FullHttpResponse refused =
                    response(ctx, request, HttpResponseStatus.METHOD_NOT_ALLOWED, PLAIN, "GET or HEAD\n");
            refused.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
            ctx.writeAndFlush(refused);
        } else if (!new QueryStringDecoder(request.uri()).path().equals(PATH)) {
            ctx.writeAndFlush(
                    response(ctx, request, HttpResponseStatus.NOT_FOUND, PLAIN, "metrics are at " + PATH + "\n"));
        } else {
            // A path that is new since the last time has meters in this answer.
            binder.look();
            FullHttpResponse response =
                    response(ctx, request, HttpResponseStatus.OK, TEXT_FORMAT, registry.scrape(TEXT_FORMAT));
            if (isHead) {
                response.content().clear();
            }
            ctx.writeAndFlush(response);
        }
    }

    private static FullHttpResponse response(
            ChannelHandlerContext ctx, FullHttpRequest request, HttpResponseStatus status, String type, String text) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                request.protocolVersion(), status, ByteBufUtil.writeUtf8(ctx.alloc(), text));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
        HttpUtil.setContentLength(response, response.content().readableBytes());
        return response;
    }
}
