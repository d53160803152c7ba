package dev.multipath.benchmarks.stack;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/** A server and its clients, on one event loop an end, or on one for both, as long as they are open. */
final class Ends implements AutoCloseable {

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    /** On a machine under load, and with TLS, a few thousand subflows take their time. */
    private static final Duration JOINING = Duration.ofSeconds(60);

    private final Stack stack;
    private final EventLoopGroup serverGroup;
    private final EventLoopGroup clientGroup;
    private final WriteBufferWaterMark waterMark;
    private final SslContext clientTls;
    private final Channel server;
    private final List<Channel> clients = new ArrayList<>();

    /**
     * Listens.
     *
     * @param application a new handler for each accepted channel
     */
    Ends(Stack stack, WriteBufferWaterMark waterMark, Supplier<ChannelHandler> application)
            throws InterruptedException, SSLException {
        this.stack = stack;
        this.waterMark = waterMark;
        serverGroup = group("bench-server");
        clientGroup = stack.loops() == Stack.Loops.ONE ? serverGroup : group("bench-client");
        clientTls = stack.tls() ? Certificate.client() : null;
        server = listen(application, stack.tls() ? Certificate.server() : null);
    }

    private EventLoopGroup group(String name) {
        return new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory(name), stack.transport().ioHandler.get());
    }

    private Channel listen(Supplier<ChannelHandler> application, SslContext tls) throws InterruptedException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(serverGroup)
                .channel(stack.isPlain() ? stack.transport().serverChannel : MultipathServerChannel.class)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark)
                .childHandler(initializer(stack.isPlain() ? tls : null, application));
        if (!stack.isPlain()) {
            bootstrap.childOption(MultipathChannelOption.MAX_FRAME_BYTES, stack.maxFrameBytes());
        }
        if (tls != null && !stack.isPlain()) {
            bootstrap.option(
                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                    SubflowTransport.ofEventLoop().withTls(TlsConfig.server(tls).withOptionalAlpn()));
        }
        if (stack.isPlain()) {
            bootstrap.option(ChannelOption.SO_BACKLOG, 4096);
            return bootstrap.bind(ANY_PORT).sync().channel();
        }
        InetSocketAddress[] ports = new InetSocketAddress[stack.subflows()];
        Arrays.fill(ports, ANY_PORT);
        return bootstrap.bind(MultipathAddress.of(ports)).sync().channel();
    }

    /** Connects one more client. */
    Channel connect(Supplier<ChannelHandler> application) throws InterruptedException {
        Bootstrap bootstrap = new Bootstrap()
                .group(clientGroup)
                .channel(stack.isPlain() ? stack.transport().channel : MultipathChannel.class)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark)
                .handler(initializer(stack.isPlain() ? clientTls : null, application));
        if (!stack.isPlain()) {
            bootstrap.option(MultipathChannelOption.MAX_FRAME_BYTES, stack.maxFrameBytes());
        }
        if (clientTls != null && !stack.isPlain()) {
            bootstrap.option(
                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                    SubflowTransport.ofEventLoop()
                            .withTls(TlsConfig.client(clientTls)
                                    .withoutHostNameVerification()
                                    .withOptionalAlpn()));
        }
        Channel client = bootstrap.connect(server.localAddress()).sync().channel();
        clients.add(client);
        return client;
    }

    /**
     * Waits until every session has all its subflows.
     *
     * @throws IllegalStateException if one does not get them in a time that is more than enough
     */
    void awaitSubflows() throws InterruptedException {
        long deadlineNanos = System.nanoTime() + JOINING.toNanos();
        while (!areComplete()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                requireComplete();
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** What was measured, was measured over the whole stack: nothing has broken meanwhile. */
    void requireComplete() {
        for (Channel client : clients) {
            if (!isComplete(client)) {
                throw new IllegalStateException(stack + ": " + describe(client));
            }
        }
    }

    private boolean areComplete() {
        return clients.stream().allMatch(this::isComplete);
    }

    private boolean isComplete(Channel client) {
        return client.isActive()
                && (!(client instanceof MultipathChannel session)
                        || session.subflows().size() == stack.subflows());
    }

    private static String describe(Channel client) {
        return client
                + (client.isActive() ? "" : " is closed")
                + (client instanceof MultipathChannel session
                        ? " with " + session.subflows().size() + " subflows"
                        : "");
    }

    /** Data frames of all sessions so far, both directions. */
    long dataFrames() {
        return clients.stream()
                .filter(MultipathChannel.class::isInstance)
                .flatMap(client -> ((MultipathChannel) client).stats().paths().stream())
                .mapToLong(path -> path.framesSent() + path.framesReceived())
                .sum();
    }

    List<Channel> clients() {
        return clients;
    }

    private static ChannelInitializer<Channel> initializer(SslContext tls, Supplier<ChannelHandler> application) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel ch) {
                if (tls != null) {
                    ch.pipeline().addLast(tls.newHandler(ch.alloc()));
                }
                ch.pipeline().addLast(application.get());
            }
        };
    }

    @Override
    public void close() {
        for (Channel client : clients) {
            client.close();
        }
        server.close().syncUninterruptibly();
        stack.transport().end(clientGroup, serverGroup);
    }
}
