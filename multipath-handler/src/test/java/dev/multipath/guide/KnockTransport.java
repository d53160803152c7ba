package dev.multipath.guide;

import dev.multipath.transport.SubflowBootstrap;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.security.MessageDigest;
import java.util.List;

/** Connections that begin with a secret; who does not know it is not even told that there is a server. */
final class KnockTransport implements SubflowTransport {

    private final byte[] secret;

    KnockTransport(byte[] secret) {
        this.secret = secret.clone();
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        // What is the transport's stands nearer to the network than what it is given.
        SubflowSetup knocking = setup.behind(subflow -> subflow.pipeline().addLast(new Knock()));
        Future<Channel> connected = SubflowBootstrap.connect(NioSocketChannel::new, eventLoop, remote, local, knocking);
        return SubflowBootstrap.withHandshake(
                connected, eventLoop, subflow -> subflow.pipeline().get(Knock.class).answered);
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        SubflowSetup guarded = setup.behind(subflow -> subflow.pipeline().addLast(new Door()));
        return SubflowBootstrap.bind(NioServerSocketChannel::new, eventLoop, local, guarded);
    }

    private final class Knock extends ByteToMessageDecoder {

        private ChannelPromise answered;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            answered = ctx.newPromise();
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.writeAndFlush(Unpooled.copiedBuffer(secret));
            ctx.fireChannelActive();
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            in.skipBytes(1);
            ctx.pipeline().remove(this);
            answered.trySuccess();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            answered.tryFailure(
                    new ConnectException("not let in by " + ctx.channel().remoteAddress()));
            super.channelInactive(ctx);
        }
    }

    /** The time that a client has is limited by what comes behind, and so is how many there are. */
    private final class Door extends ByteToMessageDecoder {
        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            if (in.readableBytes() < secret.length) {
                return;
            }
            if (MessageDigest.isEqual(secret, ByteBufUtil.getBytes(in.readSlice(secret.length)))) {
                ctx.writeAndFlush(Unpooled.copiedBuffer(new byte[1]));
                ctx.pipeline().remove(this);
            } else {
                in.skipBytes(in.readableBytes());
                ctx.close();
            }
        }
    }
}
