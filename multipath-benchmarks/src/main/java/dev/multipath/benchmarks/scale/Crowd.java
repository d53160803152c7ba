package dev.multipath.benchmarks.scale;

import dev.multipath.benchmarks.stack.Transport;
import dev.multipath.channel.MemoryBudget;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A server with one event loop in this JVM, and many clients in another: what is seen here is the server's alone. */
final class Crowd implements AutoCloseable {

    /** Until all subflows are there, on a busy machine. */
    private static final long JOINING_SECONDS = 300;

    /** As many as descriptors allow. */
    private static final int MAX_SESSIONS = 1 << 20;

    private final Transport transport;
    private final EventLoopGroup group;
    private final ChannelGroup sessions = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel server;
    private final int subflows;
    private Process clients;

    /**
     * Listens.
     *
     * @param application a handler for all sessions
     */
    Crowd(Transport transport, int subflows, MemoryBudget budget, Supplier<ChannelHandler> application)
            throws InterruptedException {
        this.transport = transport;
        this.subflows = subflows;
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("crowd"), transport.newIoHandler());
        InetSocketAddress[] ports = new InetSocketAddress[subflows];
        Arrays.fill(ports, new InetSocketAddress("127.0.0.1", 0));
        server = new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                .option(MultipathChannelOption.MAX_SESSIONS, MAX_SESSIONS)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        sessions.add(session);
                        session.pipeline().addLast(application.get());
                    }
                })
                .bind(MultipathAddress.of(ports))
                .sync()
                .channel();
    }

    /**
     * Has clients come in a JVM of their own, and waits until each has all its subflows.
     *
     * @param count how many
     * @param reading what they do with what comes
     */
    void gather(Transport transport, int count, CrowdClient.Reading reading) throws IOException, InterruptedException {
        String ports = ((MultipathAddress) server.localAddress())
                .paths().stream()
                        .map(Path::remote)
                        .map(address -> Integer.toString(((InetSocketAddress) address).getPort()))
                        .collect(Collectors.joining(","));
        clients = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrowdClient.class.getName(),
                        "--ports=" + ports,
                        "--sessions=" + count,
                        "--reading=" + reading,
                        "--transport=" + transport))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(clients.getInputStream(), StandardCharsets.UTF_8));
        if (!CrowdClient.READY.equals(output.readLine())) {
            throw new IOException("the clients did not come");
        }
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOINING_SECONDS);
        while (reading == CrowdClient.Reading.ALL && complete() < count) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IOException("only " + complete() + " sessions have all their subflows");
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    /** How many sessions are open. */
    int size() {
        return sessions.size();
    }

    private long complete() {
        return sessions.stream()
                .filter(session -> ((MultipathChannel) session).subflows().size() == subflows)
                .count();
    }

    @Override
    public void close() {
        if (clients != null) {
            // First, and at once: they would dial a server that is gone.
            clients.destroyForcibly().onExit().join();
        }
        server.close().syncUninterruptibly();
        transport.end(group);
    }
}
