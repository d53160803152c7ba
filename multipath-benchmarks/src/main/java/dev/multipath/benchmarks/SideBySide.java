package dev.multipath.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Plain Netty TCP and multipath with 1, 2 and 4 subflows in turn, in one JVM over loopback, one event loop an end: bulk
 * in one direction. The lines of a round run one after the other, so that a machine whose speed drifts drifts for all;
 * each figure is the median of the rounds.
 */
@Command(
        name = "side-by-side",
        description = "Bulk throughput of plain Netty TCP and of multipath, in turn, over loopback.",
        mixinStandardHelpOptions = true)
final class SideBySide implements Callable<Integer> {

    private enum Transport {
        NIO(NioIoHandler::newFactory, NioSocketChannel.class, NioServerSocketChannel.class),
        EPOLL(EpollIoHandler::newFactory, EpollSocketChannel.class, EpollServerSocketChannel.class);

        final Supplier<IoHandlerFactory> ioHandler;
        final Class<? extends Channel> channel;
        final Class<? extends ServerChannel> serverChannel;

        Transport(
                Supplier<IoHandlerFactory> ioHandler,
                Class<? extends Channel> channel,
                Class<? extends ServerChannel> serverChannel) {
            this.ioHandler = ioHandler;
            this.channel = channel;
            this.serverChannel = serverChannel;
        }

        boolean isAvailable() {
            return this != EPOLL || Epoll.isAvailable();
        }
    }

    /**
     * For every line. With Netty's default of 64 KiB each write would be a flush of its own, which costs plain TCP a third
     * of its speed and multipath, behind its send buffer, nothing.
     */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 << 10, 1 << 20);

    /** One line of the table; no subflows means plain TCP. */
    private record Line(Transport transport, int subflows) {
        @Override
        public String toString() {
            String what = subflows == 0 ? "plain Netty TCP" : "multipath, " + subflows + " subflow" + plural();
            return String.format(Locale.ROOT, "%-5s  %s", transport, what);
        }

        private String plural() {
            return subflows == 1 ? "" : "s";
        }
    }

    private record Figures(double megabytesPerSecond, double cpuSecondsPerGigabyte) {}

    @Option(names = "--rounds", description = "Counted rounds (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--warmup", description = "Rounds before them (default: ${DEFAULT-VALUE}).")
    private int warmup = 2;

    @Option(names = "--seconds", description = "Length of one measurement (default: ${DEFAULT-VALUE}).")
    private double seconds = 1.5;

    @Option(names = "--write", description = "Bytes of each write (default: ${DEFAULT-VALUE}).")
    private int writeBytes = 64 << 10;

    @Option(names = "--subflows", split = ",", description = "Numbers of subflows (default: ${DEFAULT-VALUE}).")
    private int[] subflowCounts = {1, 2, 4};

    @Option(names = "--transports", split = ",", description = "Default: ${DEFAULT-VALUE}.")
    private Transport[] transports = Transport.values();

    @Override
    public Integer call() throws Exception {
        Map<Line, List<Figures>> results = new LinkedHashMap<>();
        for (int round = -warmup; round < rounds; round++) {
            for (Transport transport : transports) {
                if (!transport.isAvailable()) {
                    continue;
                }
                measure(results, round, new Line(transport, 0));
                for (int subflows : subflowCounts) {
                    measure(results, round, new Line(transport, subflows));
                }
            }
        }
        print(results);
        return 0;
    }

    private void measure(Map<Line, List<Figures>> results, int round, Line line) throws Exception {
        Figures figures = run(line);
        if (round >= 0) {
            results.computeIfAbsent(line, l -> new ArrayList<>()).add(figures);
        }
    }

    private void print(Map<Line, List<Figures>> results) {
        System.out.printf(
                Locale.ROOT,
                "%d-byte writes, median of %d rounds of %.1f s%n%-32s %9s %9s %7s%n",
                writeBytes,
                rounds,
                seconds,
                "",
                "MB/s",
                "CPU s/GB",
                "ratio");
        double plain = 0;
        for (Map.Entry<Line, List<Figures>> entry : results.entrySet()) {
            double speed = median(entry.getValue().stream().mapToDouble(Figures::megabytesPerSecond));
            double cpu = median(entry.getValue().stream().mapToDouble(Figures::cpuSecondsPerGigabyte));
            if (entry.getKey().subflows() == 0) {
                plain = speed;
            }
            System.out.printf(Locale.ROOT, "%-32s %9.0f %9.3f %7.2f%n", entry.getKey(), speed, cpu, speed / plain);
        }
    }

    private static double median(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private Figures run(Line line) throws Exception {
        EventLoopGroup serverGroup = new MultiThreadIoEventLoopGroup(1, line.transport.ioHandler.get());
        EventLoopGroup clientGroup = new MultiThreadIoEventLoopGroup(1, line.transport.ioHandler.get());
        AtomicLong received = new AtomicLong();
        try {
            Channel server = listen(line, serverGroup, received);
            Channel client = new Bootstrap()
                    .group(clientGroup)
                    .channel(line.subflows == 0 ? line.transport.channel : MultipathChannel.class)
                    .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                    .handler(new Flood(writeBytes))
                    .connect(server.localAddress())
                    .sync()
                    .channel();
            OperatingSystemMXBean os = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            // The first part of each run: sockets grow their buffers, subflows join.
            TimeUnit.MILLISECONDS.sleep(300);
            long bytesBefore = received.get();
            long cpuBefore = os.getProcessCpuTime();
            long startNanos = System.nanoTime();
            TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
            long bytes = received.get() - bytesBefore;
            double elapsed = (System.nanoTime() - startNanos) / 1e9;
            double cpu = (os.getProcessCpuTime() - cpuBefore) / 1e9;
            client.close();
            server.close().sync();
            return new Figures(bytes / elapsed / 1e6, cpu / (bytes / 1e9));
        } finally {
            // With a quiet period, as a busy loop may else end before it has closed its channels.
            clientGroup.shutdownGracefully(20, 5000, TimeUnit.MILLISECONDS).sync();
            serverGroup.shutdownGracefully(20, 5000, TimeUnit.MILLISECONDS).sync();
        }
    }

    private static Channel listen(Line line, EventLoopGroup group, AtomicLong received) throws InterruptedException {
        InetSocketAddress anyPort = new InetSocketAddress("127.0.0.1", 0);
        InetSocketAddress[] ports = new InetSocketAddress[Math.max(1, line.subflows)];
        Arrays.fill(ports, anyPort);
        return new ServerBootstrap()
                .group(group)
                .channel(line.subflows == 0 ? line.transport.serverChannel : MultipathServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ch.pipeline().addLast(new Count(received));
                    }
                })
                .bind(line.subflows == 0 ? anyPort : MultipathAddress.of(ports))
                .sync()
                .channel();
    }

    /** Writes as fast as the channel takes it. */
    private static final class Flood extends ChannelInboundHandlerAdapter {
        private final int writeBytes;
        private ByteBuf data;
        private boolean writing;

        Flood(int writeBytes) {
            this.writeBytes = writeBytes;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            data = ctx.alloc().directBuffer(writeBytes).writeZero(writeBytes);
            write(ctx);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            write(ctx);
        }

        private void write(ChannelHandlerContext ctx) {
            if (data == null || writing) {
                return;
            }
            writing = true;
            try {
                while (ctx.channel().isWritable() && ctx.channel().isActive()) {
                    ctx.write(data.retainedDuplicate(), ctx.voidPromise());
                    if (!ctx.channel().isWritable()) {
                        ctx.flush();
                    }
                }
            } finally {
                writing = false;
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (data != null) {
                data.release();
                data = null;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private static final class Count extends ChannelInboundHandlerAdapter {
        private final AtomicLong received;

        Count(AtomicLong received) {
            this.received = received;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf buffer = (ByteBuf) msg;
            received.lazySet(received.getPlain() + buffer.readableBytes());
            buffer.release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
