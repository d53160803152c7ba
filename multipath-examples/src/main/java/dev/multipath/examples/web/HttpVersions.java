package dev.multipath.examples.web;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tells HTTP/2 from HTTP/1.1 by how a client begins, on connections and in sessions alike, and leaves the handlers of a file server
 * behind. Streams of HTTP/2 share what there is by their urgency ({@link StreamUrgency}).
 */
final class HttpVersions extends ByteToMessageDecoder {
    /** No method of HTTP/1.1 begins like that; the rest of the preface is the codec's to check (RFC 9113 section 3.4). */
    private static final byte[] HTTP_2 = "PRI".getBytes(StandardCharsets.US_ASCII);

    /** Each may have a file open. */
    private static final int MAX_STREAMS = 100;

    private static final int MAX_HEADER_BYTES = 8 * 1024;

    private final FileTree files;

    HttpVersions(FileTree files) {
        this.files = files;
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
                    FileService.addTo(stream.pipeline(), files, false);
                }
            });
            ctx.pipeline().addAfter(ctx.name(), null, codec);
            ctx.pipeline().addAfter(ctx.pipeline().context(codec).name(), null, streams);
        } else {
            FileService.addTo(ctx.pipeline(), files, true);
        }
        // What was read goes to what stands behind.
        ctx.pipeline().remove(this);
    }
}
