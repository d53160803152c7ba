package dev.multipath.examples.web;

import dev.multipath.examples.stream.Reasons;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Date;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the files below a directory (RFC 9110): GET and HEAD, one range, ETag, listings. One request of a connection at a time,
 * so that a client that asks on and reads nothing holds one file open. Files are read on the event loop.
 */
public final class FileService extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOGGER = LoggerFactory.getLogger(FileService.class);

    /** Nobody sends a file server much. */
    private static final int MAX_BODY_BYTES = 16 * 1024;

    private static final int CHUNK_BYTES = 64 * 1024;

    private final FileTree files;

    private FileService(FileTree files) {
        this.files = files;
    }

    /** Adds the whole of a file server, for HTTP/1.1 and HTTP/2. */
    public static void addTo(ChannelPipeline pipeline, FileTree files) {
        pipeline.addLast(new HttpVersions(
                connection -> {
                    connection.addLast(new HttpServerCodec(), new HttpServerKeepAliveHandler());
                    addService(connection, files);
                },
                stream -> addService(stream, files)));
    }

    /** Adds what answers requests. */
    private static void addService(ChannelPipeline pipeline, FileTree files) {
        pipeline.addLast(
                new HttpObjectAggregator(MAX_BODY_BYTES),
                new FlowControlHandler(),
                new ChunkedWriteHandler(),
                new FileService(files));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        ctx.channel().config().setAutoRead(false);
        boolean isHead = request.method().equals(HttpMethod.HEAD);
        ChannelFuture answered;
        if (!request.decoderResult().isSuccess()) {
            answered = refuse(ctx, request.decoderResult().cause());
        } else if (!isHead && !request.method().equals(HttpMethod.GET)) {
            FullHttpResponse refused = textResponse(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, "GET or HEAD", isHead);
            refused.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
            answered = ctx.writeAndFlush(refused);
        } else {
            answered = serveOrFail(ctx, request, isHead);
        }
        answered.addListener(done -> ctx.channel().config().setAutoRead(true));
    }

    private static ChannelFuture refuse(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return text(ctx, HttpResponseStatus.REQUEST_URI_TOO_LONG, "too long a name", false);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return text(ctx, HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too many headers", false);
        }
        return text(ctx, HttpResponseStatus.BAD_REQUEST, "not HTTP", false);
    }

    /** What goes wrong with one file is no matter to what else the connection, or the session, is for. */
    private ChannelFuture serveOrFail(ChannelHandlerContext ctx, FullHttpRequest request, boolean isHead) {
        try {
            return serve(ctx, request, isHead);
        } catch (IOException e) {
            LOGGER.info("a file cannot be served: {}", Reasons.of(e));
            return text(ctx, HttpResponseStatus.INTERNAL_SERVER_ERROR, "the file cannot be read", isHead);
        }
    }

    private ChannelFuture serve(ChannelHandlerContext ctx, FullHttpRequest request, boolean isHead) throws IOException {
        FileTree.Found found = files.find(request.uri());
        if (found instanceof FileTree.Moved moved) {
            FullHttpResponse response = textResponse(ctx, HttpResponseStatus.MOVED_PERMANENTLY, moved.to(), isHead);
            response.headers().set(HttpHeaderNames.LOCATION, moved.to());
            return ctx.writeAndFlush(response);
        }
        if (found instanceof FileTree.Listing listing) {
            FullHttpResponse response = textResponse(ctx, HttpResponseStatus.OK, listing.html(), isHead);
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
                    .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'");
            return ctx.writeAndFlush(response);
        }
        if (found instanceof FileTree.File file) {
            return serve(ctx, request.headers(), file, isHead);
        }
        return text(ctx, HttpResponseStatus.NOT_FOUND, "no such file", isHead);
    }

    private static ChannelFuture serve(ChannelHandlerContext ctx, HttpHeaders asked, FileTree.File file, boolean isHead)
            throws IOException {
        if (isAnother(asked, file)) {
            return text(ctx, HttpResponseStatus.PRECONDITION_FAILED, "it has changed", isHead);
        }
        if (isKnown(asked, file)) {
            FullHttpResponse response = textResponse(ctx, HttpResponseStatus.NOT_MODIFIED, "", true);
            response.headers().remove(HttpHeaderNames.CONTENT_LENGTH).remove(HttpHeaderNames.CONTENT_TYPE);
            response.headers().set(HttpHeaderNames.ETAG, file.etag());
            return ctx.writeAndFlush(response);
        }
        ByteRange range = isHead || !isRangeOfThis(asked, file)
                ? ByteRange.all(file.size())
                : ByteRange.parse(asked.get(HttpHeaderNames.RANGE), file.size());
        if (range == null) {
            FullHttpResponse response =
                    textResponse(ctx, HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "no such range", false);
            response.headers().set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + file.size());
            return ctx.writeAndFlush(response);
        }
        HttpResponse response = new DefaultHttpResponse(
                HttpVersion.HTTP_1_1, range.isPart() ? HttpResponseStatus.PARTIAL_CONTENT : HttpResponseStatus.OK);
        commonHeaders(response)
                .set(HttpHeaderNames.CONTENT_TYPE, file.type())
                .set(HttpHeaderNames.ACCEPT_RANGES, HttpHeaderValues.BYTES)
                .set(HttpHeaderNames.LAST_MODIFIED, DateFormatter.format(file.modified()))
                .set(HttpHeaderNames.ETAG, file.etag());
        HttpUtil.setContentLength(response, range.length());
        if (range.isPart()) {
            response.headers().set(HttpHeaderNames.CONTENT_RANGE, range.header());
        }
        if (isHead || range.length() == 0) {
            FullHttpResponse empty = new DefaultFullHttpResponse(
                    response.protocolVersion(), response.status(), ctx.alloc().buffer(0));
            empty.headers().set(response.headers());
            return ctx.writeAndFlush(empty);
        }
        FileChannel content = FileChannel.open(file.path(), StandardOpenOption.READ);
        ctx.write(response);
        return ctx.writeAndFlush(new HttpChunkedInput(new WholeFile(content, range)));
    }

    /** Whether the client wants only what this is no longer (RFC 9110 sections 13.1.1 and 13.1.4). */
    private static boolean isAnother(HttpHeaders asked, FileTree.File file) {
        String tags = asked.get(HttpHeaderNames.IF_MATCH);
        if (tags != null) {
            return !file.isOneOf(tags);
        }
        Long since = asked.getTimeMillis(HttpHeaderNames.IF_UNMODIFIED_SINCE, -1L);
        return since >= 0 && file.modified().getTime() / 1000 > since / 1000;
    }

    private static boolean isKnown(HttpHeaders asked, FileTree.File file) {
        String tags = asked.get(HttpHeaderNames.IF_NONE_MATCH);
        if (tags != null) {
            return file.isOneOf(tags);
        }
        Long since = asked.getTimeMillis(HttpHeaderNames.IF_MODIFIED_SINCE, -1L);
        return since >= 0 && file.modified().getTime() / 1000 <= since / 1000;
    }

    /** A range of what has changed meanwhile would be a piece of something else (RFC 9110 section 13.1.5). */
    private static boolean isRangeOfThis(HttpHeaders asked, FileTree.File file) {
        String condition = asked.get(HttpHeaderNames.IF_RANGE);
        return asked.contains(HttpHeaderNames.RANGE)
                && (condition == null
                        || condition.equals(file.etag())
                        || condition.equals(DateFormatter.format(file.modified())));
    }

    private static ChannelFuture text(
            ChannelHandlerContext ctx, HttpResponseStatus status, String words, boolean isHead) {
        return ctx.writeAndFlush(textResponse(ctx, status, words, isHead));
    }

    private static FullHttpResponse textResponse(
            ChannelHandlerContext ctx, HttpResponseStatus status, String words, boolean isHead) {
        ByteBuf body = ByteBufUtil.writeUtf8(ctx.alloc(), words + "\n");
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        commonHeaders(response).set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        HttpUtil.setContentLength(response, body.readableBytes());
        if (isHead) {
            body.clear();
        }
        return response;
    }

    /** A server with a clock has to say what it shows (RFC 9110 section 6.6.1): caches go by it. */
    private static HttpHeaders commonHeaders(HttpResponse response) {
        return response.headers()
                .set(HttpHeaderNames.DATE, DateFormatter.format(new Date()))
                .set("x-content-type-options", "nosniff");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ConnectionFailure.handle(ctx, cause);
    }

    /** Fails when the file has become shorter: what was announced will not come. */
    private static final class WholeFile extends ChunkedNioFile {
        WholeFile(FileChannel file, ByteRange range) throws IOException {
            super(file, range.first(), range.length(), CHUNK_BYTES);
        }

        @Override
        public ByteBuf readChunk(ByteBufAllocator allocator) throws Exception {
            ByteBuf chunk = super.readChunk(allocator);
            if (chunk != null && !chunk.isReadable()) {
                chunk.release();
                throw new EOFException("a file has become shorter while it was sent");
            }
            return chunk;
        }
    }
}
