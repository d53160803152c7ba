package dev.multipath.check;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.dashboard.MultipathDashboardHandler;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An application that is a module: both ends of a session over two paths, and the live page. */
public final class Main {

    @ChannelHandler.Sharable
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.writeAndFlush(message);
        }
    }

    private static final class Answer extends SimpleChannelInboundHandler<ByteBuf> {
        private final CompletableFuture<String> text = new CompletableFuture<>();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
            text.complete(message.toString(StandardCharsets.UTF_8));
        }
    }

    public static void main(String[] args) throws Exception {
        if (!Main.class.getModule().isNamed() || !MultipathChannel.class.getModule().isNamed()) {
            throw new IllegalStateException("not on the module path");
        }
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        MultipathServerChannel server = (MultipathServerChannel) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childHandler(new Echo())
                .bind(MultipathAddress.of(any, any))
                .sync()
                .channel();
        Answer answer = new Answer();
        new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .handler(answer)
                .connect(server.localAddress())
                .sync()
                .channel()
                .writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
        System.out.println("as modules: " + answer.text.get(60, TimeUnit.SECONDS));
        if (args.length > 0) {
            System.out.println(MultipathDashboardHandler.builder(server::sessions)
                    .path("/paths/")
                    .build()
                    .pathAndToken()
                    .replaceAll("token=.*", "token=..."));
        }
        group.shutdownGracefully(20, 10_000, TimeUnit.MILLISECONDS).await(30, TimeUnit.SECONDS);
    }
}
