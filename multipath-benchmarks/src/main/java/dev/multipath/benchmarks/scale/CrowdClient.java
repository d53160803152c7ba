package dev.multipath.benchmarks.scale;

import dev.multipath.benchmarks.stack.Transport;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The clients of a {@link Crowd}, until their input ends. Started by it. */
@Command(name = "crowd-client", description = "The clients of `crowd` and `stalled`, which start it.")
public final class CrowdClient implements Callable<Integer> {

    static final String READY = "ready";

    /** So that no queue of connections overflows, and a machine with two cores is not asked for too much at a time. */
    private static final int CONNECTING_AT_A_TIME = 32;

    /** What is done with what comes. */
    public enum Reading {
        /** It is thrown away. */
        ALL,
        /** It is not read. */
        NONE
    }

    @Option(names = "--ports", split = ",", required = true)
    private int[] ports;

    @Option(names = "--sessions", required = true)
    private int sessions;

    @Option(names = "--reading", required = true)
    private Reading reading;

    @Option(names = "--transport", required = true)
    private Transport transport;

    /** Made by the command line. */
    public CrowdClient() {}

    /**
     * Runs it as a program of its own.
     *
     * @param args its options
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new CrowdClient()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("crowd-client"), transport.newIoHandler());
        MultipathAddress server = MultipathAddress.of(Arrays.stream(ports)
                .mapToObj(port -> new InetSocketAddress("127.0.0.1", port))
                .toArray(InetSocketAddress[]::new));
        Bootstrap bootstrap = new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(ChannelOption.AUTO_READ, reading == Reading.ALL)
                .handler(new Discard());
        Semaphore connecting = new Semaphore(CONNECTING_AT_A_TIME);
        Throwable[] failure = new Throwable[1];
        for (int i = 0; i < sessions && failure[0] == null; i++) {
            connecting.acquire();
            ChannelFuture connect = bootstrap.connect(server);
            connect.addListener(done -> {
                failure[0] = done.isSuccess() ? failure[0] : done.cause();
                connecting.release();
            });
        }
        connecting.acquire(CONNECTING_AT_A_TIME);
        if (failure[0] != null) {
            throw new IllegalStateException(failure[0]);
        }
        System.out.println(READY);
        System.out.flush();
        // Until the server ends it, or has died.
        while (System.in.read() >= 0) {
            continue;
        }
        return 0;
    }

    @ChannelHandler.Sharable
    private static final class Discard extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            Channel channel = ctx.channel();
            channel.close();
        }
    }
}
