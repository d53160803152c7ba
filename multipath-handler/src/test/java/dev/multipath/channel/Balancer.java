package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A load balancer of TCP, which looks at the name in the preface of each connection and has no state. */
final class Balancer implements AutoCloseable {

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Function<ConnectionId, SocketAddress> choice;
    private final Channel listener;

    /**
     * Begins.
     *
     * @param choice the server for the name of a session; for {@link ConnectionId#ZERO} that of a new one
     */
    Balancer(Function<ConnectionId, SocketAddress> choice) throws InterruptedException {
        this.choice = choice;
        listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel client) {
                        client.pipeline().addLast(new PrefaceReader());
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    SocketAddress address() {
        return listener.localAddress();
    }

    @Override
    public void close() {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }

    /** Passes all that it has read on when it is removed. */
    private final class PrefaceReader extends ByteToMessageDecoder {
        private boolean asked;

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            if (asked || in.readableBytes() <= ConnectionId.LENGTH) {
                return;
            }
            asked = true;
            ConnectionId name = ConnectionId.read(in.slice(in.readerIndex() + 1, ConnectionId.LENGTH));
            Channel client = ctx.channel();
            client.config().setAutoRead(false);
            new Bootstrap()
                    .group(client.eventLoop())
                    .channel(NioSocketChannel.class)
                    .handler(new Relay(client))
                    .connect(choice.apply(name))
                    .addListener((ChannelFutureListener) connected -> {
                        if (connected.isSuccess()) {
                            ctx.pipeline().addLast(new Relay(connected.channel()));
                            ctx.pipeline().remove(this);
                            client.config().setAutoRead(true);
                        } else {
                            client.close();
                        }
                    });
        }
    }

    private static final class Relay extends ChannelInboundHandlerAdapter {
        private final Channel other;

        Relay(Channel other) {
            this.other = other;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            other.writeAndFlush(msg);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            // Behind what is written.
            other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
