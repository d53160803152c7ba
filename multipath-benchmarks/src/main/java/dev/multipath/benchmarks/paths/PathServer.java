package dev.multipath.benchmarks.paths;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves {@link PathClient}s until it is ended. */
@Command(
        name = "path-server",
        description = "The server of the emulated paths' benchmark; prints a line of JSON for each upload.",
        mixinStandardHelpOptions = true)
public final class PathServer implements Callable<Integer> {

    @Option(names = "--listen", required = true, split = ",", description = "[quic://]HOST:PORT of each path.")
    private String[] listen;

    @Option(
            names = "--transport",
            description = "NIO, EPOLL or IO_URING (default: the fastest there is of the first two).")
    private String transport;

    @Option(names = "--quic-cc", description = "What QUIC paths have: CUBIC (the default), BBR or RENO.")
    private String quicCongestionControl;

    @Option(names = "--trace", description = "A file for what the latest session knows of its paths, every 10 ms.")
    private String trace;

    /** Made by the command line. */
    public PathServer() {}

    @Override
    public Integer call() throws Exception {
        Wiring wiring = new Wiring(transport, quicCongestionControl);
        InetSocketAddress[] addresses =
                Arrays.stream(listen).map(Wiring::address).toArray(InetSocketAddress[]::new);
        WarmUp.run(wiring, addresses[addresses.length - 1]);
        Channel server =
                bind(wiring, wiring.newGroup("path-server"), MultipathAddress.of(addresses), trace, PathServer::print);
        print("{\"mode\":\"ready\"}");
        server.closeFuture().sync();
        return 0;
    }

    static Channel bind(
            Wiring wiring, EventLoopGroup group, MultipathAddress address, String trace, Consumer<String> report)
            throws InterruptedException {
        return new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, wiring.serverSubflows(address))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ch.pipeline().addLast(new Worker(report));
                        Trace.of(ch, trace);
                    }
                })
                .bind(address)
                .sync()
                .channel();
    }

    static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** Does one job. */
    private static final class Worker extends ChannelInboundHandlerAdapter {

        private final Consumer<String> report;
        private ByteBuf header = Unpooled.buffer(Job.HEADER_BYTES);
        private Job job;
        private Timeline timeline;
        private Source source;
        private long unansweredBytes;
        private ByteBuf response;

        Worker(Consumer<String> report) {
            this.report = report;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            try {
                if (job == null) {
                    header.writeBytes(in, Math.min(in.readableBytes(), Job.HEADER_BYTES - header.readableBytes()));
                    if (header.readableBytes() < Job.HEADER_BYTES) {
                        return;
                    }
                    begin(ctx, Job.read(header));
                }
                onBytes(ctx, in.readableBytes());
            } finally {
                in.release();
            }
        }

        private void begin(ChannelHandlerContext ctx, Job asked) {
            job = asked;
            switch (job.kind()) {
                case UPLOAD -> timeline = new Timeline();
                case REQUESTS ->
                    response = ctx.alloc().directBuffer(job.responseBytes()).writeZero(job.responseBytes());
                case DOWNLOAD -> {
                    source = new Source(ctx.channel(), TimeUnit.MILLISECONDS.toNanos(job.requestBytes()));
                    source.done().addListener(f -> ctx.close());
                    source.write();
                }
            }
        }

        private void onBytes(ChannelHandlerContext ctx, int bytes) {
            if (bytes == 0) {
                return;
            }
            if (job.kind() == Job.Kind.UPLOAD) {
                timeline.add(bytes);
            } else if (job.kind() == Job.Kind.REQUESTS) {
                unansweredBytes += bytes;
                while (unansweredBytes >= job.requestBytes()) {
                    unansweredBytes -= job.requestBytes();
                    ctx.writeAndFlush(response.retainedDuplicate(), ctx.voidPromise());
                }
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (source != null) {
                source.write();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (timeline != null) {
                report.accept(timeline.toJson());
            }
            if (response != null) {
                response.release();
                response = null;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            System.err.println(cause);
            ctx.close();
        }
    }
}
