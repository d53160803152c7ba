package dev.multipath.examples.web;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tells HTTP/2 from HTTP/1.1 by how a client begins, on connections and in sessions alike, and leaves the handlers of a file server
 * behind. Streams of HTTP/2 share what there is by the urgency that their requests name (RFC 9218).
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
            Http2MultiplexHandler streams = new Http2MultiplexHandler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel stream) {
                    stream.pipeline().addLast(new Urgency(codec), new Http2StreamFrameToHttpObjectCodec(true));
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

    /** Gives a stream its share when its request comes. */
    private static final class Urgency extends ChannelInboundHandlerAdapter {
        private static final int DEFAULT = 3;

        /** Of the most urgent: each step of urgency halves it, so that what is less urgent gets little, and not nothing. */
        private static final int MAX_WEIGHT = 256;

        private final Http2FrameCodec codec;

        Urgency(Http2FrameCodec codec) {
            this.codec = codec;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            if (message instanceof Http2HeadersFrame request) {
                short weight =
                        (short) (MAX_WEIGHT >> urgency(request.headers().get("priority")));
                codec.encoder()
                        .flowController()
                        .updateDependencyTree(request.stream().id(), 0, weight, false);
            }
            ctx.fireChannelRead(message);
        }

        /** Of a structured field such as {@code u=1, i}; what is not understood is ignored. */
        private static int urgency(CharSequence priority) {
            if (priority != null) {
                for (String member : priority.toString().split(",")) {
                    if (member.strip().matches("u=[0-7]")) {
                        return member.strip().charAt(2) - '0';
                    }
                }
            }
            return DEFAULT;
        }
    }
}
