package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.socksx.SocksVersion;
import io.netty.handler.codec.socksx.v4.DefaultSocks4CommandResponse;
import io.netty.handler.codec.socksx.v4.Socks4CommandStatus;
import io.netty.handler.codec.socksx.v4.Socks4ServerDecoder;
import io.netty.handler.codec.socksx.v4.Socks4ServerEncoder;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandResponse;
import io.netty.handler.codec.socksx.v5.Socks5AddressType;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5ServerEncoder;
import java.util.List;

/** The ways in which clients ask a proxy for a connection, and how each is answered. */
enum ProxyProtocol {
    /** RFC 1928. */
    SOCKS5 {
        @Override
        Object answer(ProxyAnswer answer) {
            // A client is not told the address that is connected from: it is of no use to it, and would tell of the
            // network here.
            return new DefaultSocks5CommandResponse(answer.socks, Socks5AddressType.IPv4, "0.0.0.0", 0);
        }
    },
    /** Without a version of its own that anybody could cite; 4a is 4 with a name in it. */
    SOCKS4 {
        @Override
        Object answer(ProxyAnswer answer) {
            return new DefaultSocks4CommandResponse(
                    answer == ProxyAnswer.CONNECTED
                            ? Socks4CommandStatus.SUCCESS
                            : Socks4CommandStatus.REJECTED_OR_FAILED);
        }
    },
    /** RFC 9110 section 9.3.6. */
    HTTP {
        @Override
        Object answer(ProxyAnswer answer) {
            DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.http);
            if (answer != ProxyAnswer.CONNECTED) {
                String words = answer == ProxyAnswer.NO_SUCH_COMMAND ? ONLY_CONNECT : "";
                ByteBufUtil.writeAscii(response.content(), words);
                response.headers()
                        .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN)
                        .set(HttpHeaderNames.CONTENT_LENGTH, words.length())
                        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            }
            return response;
        }
    };

    /** For who has set {@code http_proxy} for pages without TLS as well, and sees what this proxy says. */
    private static final String ONLY_CONNECT =
            "This proxy takes CONNECT, SOCKS5 and SOCKS4, and forwards no other requests (curl: --proxytunnel).\n";

    /** What a client is told. */
    enum ProxyAnswer {
        CONNECTED(Socks5CommandStatus.SUCCESS, HttpResponseStatus.OK),
        FORBIDDEN(Socks5CommandStatus.FORBIDDEN, HttpResponseStatus.FORBIDDEN),
        UNKNOWN_HOST(Socks5CommandStatus.HOST_UNREACHABLE, HttpResponseStatus.BAD_GATEWAY),
        REFUSED(Socks5CommandStatus.CONNECTION_REFUSED, HttpResponseStatus.BAD_GATEWAY),
        UNREACHABLE(Socks5CommandStatus.HOST_UNREACHABLE, HttpResponseStatus.GATEWAY_TIMEOUT),
        NO_SUCH_COMMAND(Socks5CommandStatus.COMMAND_UNSUPPORTED, HttpResponseStatus.METHOD_NOT_ALLOWED),
        BAD_REQUEST(Socks5CommandStatus.FAILURE, HttpResponseStatus.BAD_REQUEST),
        BUSY(Socks5CommandStatus.FAILURE, HttpResponseStatus.SERVICE_UNAVAILABLE);

        private final Socks5CommandStatus socks;
        private final HttpResponseStatus http;

        ProxyAnswer(Socks5CommandStatus socks, HttpResponseStatus http) {
            this.socks = socks;
            this.http = http;
        }
    }

    abstract Object answer(ProxyAnswer answer);

    /** Learns from the first byte which one a client speaks, and leaves its decoders behind. */
    static final class Detector extends ByteToMessageDecoder {
        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            byte first = in.getByte(in.readerIndex());
            if (first == SocksVersion.SOCKS4a.byteValue()) {
                ctx.pipeline().addAfter(ctx.name(), null, new Socks4ServerDecoder());
                ctx.pipeline().addAfter(ctx.name(), null, Socks4ServerEncoder.INSTANCE);
            } else if (first == SocksVersion.SOCKS5.byteValue()) {
                ctx.pipeline().addAfter(ctx.name(), null, new Socks5InitialRequestDecoder());
                ctx.pipeline().addAfter(ctx.name(), null, Socks5ServerEncoder.DEFAULT);
            } else {
                ctx.pipeline().addAfter(ctx.name(), null, new HttpServerCodec());
            }
            // What was read goes to what stands behind.
            ctx.pipeline().remove(this);
        }
    }
}
