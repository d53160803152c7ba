package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.socksx.SocksVersion;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandResponse;
import io.netty.handler.codec.socksx.v5.Socks5AddressType;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5ServerEncoder;
import java.util.List;

/** The two ways in which clients ask a proxy for a connection, and how each is answered. */
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
    /** RFC 9110 section 9.3.6. */
    HTTP {
        @Override
        Object answer(ProxyAnswer answer) {
            DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.http);
            if (answer != ProxyAnswer.CONNECTED) {
                response.headers()
                        .set(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO)
                        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            }
            return response;
        }
    };

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
            if (in.getByte(in.readerIndex()) == SocksVersion.SOCKS5.byteValue()) {
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
