package dev.multipath.examples;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.codec.ResetFrame;
import dev.multipath.examples.stream.Transport;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Resets every session that says something, with words of its own. */
final class HostilePeer implements AutoCloseable {
    private final EventLoopGroup loop = Transport.forRelays().newEventLoop("hostile");
    private final Channel listener;

    HostilePeer(String words) {
        listener = new ServerBootstrap()
                .group(loop)
                .channel(MultipathServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                ReferenceCountUtil.release(message);
                                ((MultipathChannel) ctx.channel()).abort(ResetFrame.FIRST_APPLICATION_CODE, words);
                            }
                        });
                    }
                })
                .bind(MultipathAddress.of(new InetSocketAddress("127.0.0.1", 0)))
                .syncUninterruptibly()
                .channel();
    }

    List<String> addresses() {
        return List.of(ShownAddress.of(listener.localAddress()));
    }

    @Override
    public void close() {
        loop.shutdownGracefully(20, 5000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }
}
