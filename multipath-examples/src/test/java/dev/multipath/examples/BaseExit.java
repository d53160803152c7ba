package dev.multipath.examples;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.examples.stream.InactivityCloser;
import dev.multipath.examples.stream.RelayConnector;
import dev.multipath.examples.stream.RelayHandler;
import dev.multipath.examples.stream.SettledSession;
import dev.multipath.examples.stream.Transport;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * {@code listen -p 0,0 --relay} as a peer of the base profile would do it: {@code TARGET_PORT}. Says its addresses, and goes on until
 * it is ended.
 */
public final class BaseExit {

    /** As the tool: about as long as TCP itself tries. */
    private static final Duration LINGER = Duration.ofMinutes(15);

    private BaseExit() {}

    public static void main(String[] args) throws Exception {
        InetSocketAddress target = new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0]));
        Transport transport = Transport.forRelays();
        EventLoopGroup loop = transport.newEventLoop("base");
        Bootstrap tcp = new Bootstrap()
                .channel(transport.socketChannel())
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.SO_LINGER, 0)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new RelayHandler());
                    }
                });
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        Channel listener = new ServerBootstrap()
                .group(loop)
                .channel(MultipathServerChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(MultipathChannelOption.EXTENDED_PROFILE, false)
                .childOption(MultipathChannelOption.LINGER, LINGER)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        join(session, accepted -> tcp.clone(accepted.eventLoop())
                                .connect(target));
                    }
                })
                .bind(MultipathAddress.of(Path.of("a", any), Path.of("b", any)))
                .sync()
                .channel();
        System.out.println(ShownAddress.of(listener.localAddress()));
        listener.closeFuture().sync();
    }

    /** The end of the target's stream is the session's: it has no other. */
    private static void join(Channel session, RelayConnector.Dialer dialer) {
        session.pipeline()
                .addLast(
                        new InactivityCloser(TimeSpan.NEVER, Duration.ZERO, TimeSpan.NEVER),
                        new SettledSession(ctx -> {
                            RelayHandler relay = new RelayHandler();
                            ctx.pipeline().addAfter(ctx.name(), null, new RelayConnector(relay, dialer));
                            ctx.pipeline().addAfter(ctx.name(), null, relay);
                        }),
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                                ctx.close();
                            }
                        });
    }
}
