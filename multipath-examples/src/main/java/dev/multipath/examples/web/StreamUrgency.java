package dev.multipath.examples.web;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2Stream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Gives each stream of an HTTP/2 connection its share, by the urgency that its request names, or that PRIORITY_UPDATE frames name
 * before it or later (RFC 9218). On the connection's event loop.
 */
final class StreamUrgency extends Http2FrameListenerDecorator {
    private static final byte PRIORITY_UPDATE = 0x10;

    /** RFC 9218 section 4.1. */
    private static final int DEFAULT = 3;

    /** Of the most urgent: each step of urgency halves it, so that what is less urgent gets little, and not nothing. */
    private static final int MAX_WEIGHT = 256;

    /** A dictionary of two members needs a tenth of it; what is longer is ignored. */
    private static final int MAX_FIELD_BYTES = 256;

    private final Http2FrameCodec codec;

    /** Said of streams whose requests have not come yet; as many as there may be streams, and the oldest goes first. */
    private final Map<Integer, Integer> early;

    private StreamUrgency(Http2FrameCodec codec, int maxStreams) {
        super(codec.decoder().frameListener());
        this.codec = codec;
        early = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Integer> eldest) {
                return size() > maxStreams;
            }
        };
    }

    /** Has the codec tell it of PRIORITY_UPDATE frames, which Netty does not know. */
    static StreamUrgency of(Http2FrameCodec codec, int maxStreams) {
        StreamUrgency urgency = new StreamUrgency(codec, maxStreams);
        codec.decoder().frameListener(urgency);
        return urgency;
    }

    /** For the pipeline of a stream, which its request comes through. */
    ChannelInboundHandlerAdapter ofStream() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
                if (message instanceof Http2HeadersFrame request) {
                    int id = request.stream().id();
                    Integer said = early.remove(id);
                    share(id, said == null ? parse(request.headers().get("priority")) : said);
                }
                ctx.fireChannelRead(message);
            }
        };
    }

    @Override
    public void onUnknownFrame(ChannelHandlerContext ctx, byte type, int streamId, Http2Flags flags, ByteBuf payload)
            throws Http2Exception {
        if (type == PRIORITY_UPDATE) {
            update(streamId, payload);
        } else {
            super.onUnknownFrame(ctx, type, streamId, flags, payload);
        }
    }

    /** The checks are those of RFC 9218 section 7.1. */
    private void update(int streamId, ByteBuf payload) throws Http2Exception {
        if (payload.readableBytes() < Integer.BYTES) {
            throw Http2Exception.connectionError(Http2Error.FRAME_SIZE_ERROR, "PRIORITY_UPDATE without a stream");
        }
        int id = payload.readInt() & Integer.MAX_VALUE;
        if (streamId != 0 || id == 0) {
            throw Http2Exception.connectionError(
                    Http2Error.PROTOCOL_ERROR, "PRIORITY_UPDATE on stream %d for stream %d", streamId, id);
        }
        int urgency = payload.readableBytes() > MAX_FIELD_BYTES
                ? DEFAULT
                : parse(payload.toString(StandardCharsets.US_ASCII));
        Http2Stream stream = codec.connection().stream(id);
        if (stream != null) {
            share(id, urgency);
        } else if (isToCome(id)) {
            early.put(id, urgency);
        }
    }

    /** A client's stream that was never there, and not one that is over. */
    private boolean isToCome(int id) {
        return codec.connection().remote().isValidStreamId(id)
                && !codec.connection().streamMayHaveExisted(id);
    }

    private void share(int id, int urgency) {
        codec.encoder().flowController().updateDependencyTree(id, 0, (short) (MAX_WEIGHT >> urgency), false);
    }

    /** Of a structured field such as {@code u=1, i}; what is not understood is ignored. */
    private static int parse(CharSequence priority) {
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
