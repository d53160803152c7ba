package dev.multipath.transport.mptcp;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A process of its own, to be run in a network namespace or on another JDK: {@code server|client MODE HOST PORT
 * plain|session}. The server echoes. The client sends a counter every few milliseconds, and prints, a few times a second,
 * over what it goes and how much of it has come back. A line on standard input, or its end, ends either.
 */
final class MptcpPeer {

    private static final int SEND_PERIOD_MILLIS = 5;
    private static final int REPORT_PERIOD_MILLIS = 100;
    private static final PrintStream OUT = System.out;

    /** Those beneath a session, or the one channel that there is. */
    private static final Set<Channel> CONNECTIONS = ConcurrentHashMap.newKeySet();

    private MptcpPeer() {}

    public static void main(String[] args) throws Exception {
        MptcpMode mode = MptcpMode.valueOf(args[1].toUpperCase(Locale.ROOT));
        InetSocketAddress address = new InetSocketAddress(args[2], Integer.parseInt(args[3]));
        boolean session = "session".equals(args[4]);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        if ("server".equals(args[0])) {
            Channel listener = listen(group, mode, address, session);
            OUT.println("listening " + portOf(listener.localAddress()));
        } else {
            Counter counter = new Counter();
            connect(group, mode, address, session, counter);
            group.scheduleAtFixedRate(() -> report(counter), 0, REPORT_PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (System.in.read() < 0) {
            OUT.println("nobody is there any more");
        }
        group.shutdownGracefully(20, 1000, TimeUnit.MILLISECONDS).sync();
    }

    private static SubflowTransport tracking(MptcpMode mode) {
        return new MptcpTransport(mode).withInitializer(CONNECTIONS::add);
    }

    private static Channel listen(EventLoopGroup group, MptcpMode mode, InetSocketAddress address, boolean session)
            throws InterruptedException {
        ServerBootstrap server = new ServerBootstrap().group(group).childHandler(new Echo());
        if (!session) {
            return server.channelFactory(Mptcp.serverSocketFactory(mode))
                    .bind(address)
                    .sync()
                    .channel();
        }
        return server.channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracking(mode))
                .bind(MultipathAddress.of(address))
                .sync()
                .channel();
    }

    private static void connect(
            EventLoopGroup group, MptcpMode mode, InetSocketAddress address, boolean session, Counter counter)
            throws InterruptedException {
        Bootstrap client = new Bootstrap().group(group).handler(counter);
        if (session) {
            client.channel(MultipathChannel.class)
                    .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracking(mode))
                    .connect(MultipathAddress.of(address))
                    .sync();
        } else {
            CONNECTIONS.add(client.channelFactory(Mptcp.socketFactory(mode))
                    .connect(address)
                    .sync()
                    .channel());
        }
    }

    private static int portOf(SocketAddress address) {
        SocketAddress first = address instanceof MultipathAddress multipath
                ? multipath.paths().get(0).remote()
                : address;
        return ((InetSocketAddress) first).getPort();
    }

    private static void report(Counter counter) {
        for (Channel connection : CONNECTIONS) {
            MptcpStats info = Mptcp.info(connection);
            TransportStats known = new MptcpTransport(MptcpMode.IF_AVAILABLE).stats(connection);
            OUT.println("mptcp=" + (info != null) + " subflows=" + (info == null ? 1 : info.subflows()) + " told="
                    + known.mptcp().subflows() + " window=" + known.congestionWindowBytes() + " received="
                    + counter.received);
        }
    }

    private static final class Echo extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel accepted) {
            accepted.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    ctx.writeAndFlush(msg);
                }
            });
        }
    }

    /** Sends 0, 1, 2, ... as longs, and ends the process if anything else comes back. */
    private static final class Counter extends ChannelInboundHandlerAdapter {

        volatile long received;
        private long sent;
        private ByteBuf partial;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            partial = ctx.alloc().buffer();
            ctx.executor()
                    .scheduleAtFixedRate(
                            () -> ctx.writeAndFlush(ctx.alloc().buffer().writeLong(sent++)),
                            0,
                            SEND_PERIOD_MILLIS,
                            TimeUnit.MILLISECONDS);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            partial.writeBytes(bytes);
            bytes.release();
            while (partial.readableBytes() >= Long.BYTES) {
                long number = partial.readLong();
                if (number != received) {
                    OUT.println("broken: " + number + " for " + received);
                    System.exit(1);
                }
                received = number + 1;
            }
            partial.discardReadBytes();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            OUT.println("closed");
        }
    }
}
