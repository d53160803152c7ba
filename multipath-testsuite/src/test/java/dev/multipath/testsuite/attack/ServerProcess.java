package dev.multipath.testsuite.attack;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** A victim: an echo server on two ports, as {@code multipath.jar listen --echo} is one. */
final class ServerProcess {

    private ServerProcess() {}

    /** Why subflows and sessions ended, by the names of the exceptions. */
    private static final Queue<String> CAUSES = new ConcurrentLinkedQueue<>();

    public static void main(String[] args) throws Exception {
        Vitals vitals = new Vitals();
        EventLoopGroup acceptors = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        EventLoopGroup workers = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        vitals.watch(acceptors);
        vitals.watch(workers);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(acceptors, workers)
                .channel(MultipathServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(new Echo());
                    }
                });
        Duration resumption = duration("attack.resumptionMillis");
        if (resumption != null) {
            bootstrap.childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, resumption);
        }
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
        MultipathServerChannel server = (MultipathServerChannel)
                bootstrap.bind(MultipathAddress.of(any, any)).sync().channel();
        String ports = server.localAddress().paths().stream()
                .map(Path::remote)
                .map(address -> String.valueOf(((InetSocketAddress) address).getPort()))
                .collect(Collectors.joining(","));
        Console.serve(
                Report.of("ports", ports),
                Map.of(
                        "begin",
                        words -> {
                            CAUSES.clear();
                            return vitals.begin();
                        },
                        "used",
                        words -> vitals.used(),
                        "memory",
                        words -> vitals.memory(),
                        "health",
                        words -> vitals.health(),
                        "sessions",
                        words -> Report.of("sessions", server.sessionCount()),
                        "causes",
                        words -> Report.of("causes", String.join("\n", CAUSES))));
    }

    /** As long as the product's default if it is not set. */
    private static Duration duration(String property) {
        Integer millis = Integer.getInteger(property);
        return millis == null ? null : Duration.ofMillis(millis);
    }

    /** Sends back what comes, and reads only while it can be sent. */
    private static final class Echo extends ChannelInboundHandlerAdapter {

        /** A flood of ends shall not be what fills the memory. */
        private static final int MOST_CAUSES = 1000;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.write(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SubflowEvent subflow && subflow.cause() != null) {
                note(subflow.cause());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            note(cause);
            ctx.close();
        }

        private static void note(Throwable cause) {
            if (CAUSES.size() < MOST_CAUSES) {
                CAUSES.add(cause.getClass().getSimpleName());
            }
        }
    }
}
