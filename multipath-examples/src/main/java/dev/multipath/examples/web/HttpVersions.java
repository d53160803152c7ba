package dev.multipath.examples.web;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells HTTP/2 from HTTP/1.1 by how a client begins, on connections and in sessions alike, and leaves the handlers for what it is
 * behind. Streams of HTTP/2 share what there is by their urgency ({@link StreamUrgency}).
 */
final class HttpVersions extends ByteToMessageDecoder {
    /** No method of HTTP/1.1 begins like that; the rest of the preface is the codec's to check (RFC 9113 section 3.4). */
    private static final byte[] HTTP_2 = "PRI".getBytes(StandardCharsets.US_ASCII);

    /** Each may have a file open. */
    private static final int MAX_STREAMS = 100;

    private static final int MAX_HEADER_BYTES = 8 * 1024;

    private final Consumer<ChannelPipeline> http1;
    private final Consumer<ChannelPipeline> http2Stream;

    /**
     * @param http1 adds what serves a connection of HTTP/1.1
     * @param http2Stream adds what serves one stream of HTTP/2, whose messages are those of HTTP/1.1
     */
    HttpVersions(Consumer<ChannelPipeline> http1, Consumer<ChannelPipeline> http2Stream) {
        this.http1 = http1;
        this.http2Stream = http2Stream;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < HTTP_2.length) {
            return;
        }
        boolean isHttp2 = true;
        for (int i = 0; i < HTTP_2.length; i++) {
            isHttp2 &= in.getByte(in.readerIndex() + i) == HTTP_2[i];
        }
        if (isHttp2) {
            Http2FrameCodec codec = Http2FrameCodecBuilder.forServer()
                    .initialSettings(Http2Settings.defaultSettings()
                            .maxConcurrentStreams(MAX_STREAMS)
                            .maxHeaderListSize(MAX_HEADER_BYTES))
                    .build();
            StreamUrgency urgency = StreamUrgency.of(codec, MAX_STREAMS);
            Http2MultiplexHandler streams = new Http2MultiplexHandler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel stream) {
                    stream.pipeline().addLast(urgency.ofStream(), new Http2StreamFrameToHttpObjectCodec(true));
                    http2Stream.accept(stream.pipeline());
                }
            });
            ctx.pipeline().addAfter(ctx.name(), null, codec);
            ctx.pipeline().addAfter(ctx.pipeline().context(codec).name(), null, streams);
            ctx.pipeline().addAfter(ctx.pipeline().context(streams).name(), null, new ConnectionFailure.OfHttp2());
        } else {
            http1.accept(ctx.pipeline());
        }
        // What was read goes to what stands behind.
        ctx.pipeline().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ConnectionFailure.handle(ctx, cause);
    }
}
