package dev.multipath.examples.view;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.dashboard.MultipathDashboardHandler;
import dev.multipath.examples.stream.AddressText;
import dev.multipath.examples.stream.Reasons;
import dev.multipath.examples.stream.Transport;
import dev.multipath.micrometer.MultipathMeterBinder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The views that a command's user has asked for, and the sessions that they show. */
public final class Views implements AutoCloseable {
    /** Nobody sends a view much. */
    private static final int MAX_REQUEST_BYTES = 16 * 1024;

    /** Longer than monitoring systems wait between two questions, mostly. */
    private static final int IDLE_LIMIT_SECONDS = 120;

    private final EventLoopGroup loop = Transport.best().newEventLoop("multipath-views");
    private final List<Consumer<MultipathChannel>> watchers = new CopyOnWriteArrayList<>();

    /** A session has begun. Any thread. */
    public void watch(MultipathChannel session) {
        watchers.forEach(watcher -> watcher.accept(session));
    }

    /**
     * Serves meters in Prometheus' text format.
     *
     * @return where
     * @throws IOException in words for one line
     */
    public String serveMetrics(InetSocketAddress address) throws IOException, InterruptedException {
        MultipathMeterBinder binder = new MultipathMeterBinder();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        binder.bindTo(registry);
        InetSocketAddress bound = serve(address, new MetricsHandler(binder, registry));
        watchers.add(binder::watch);
        return url(bound) + MetricsHandler.PATH;
    }

    /**
     * Serves the live page, on which whoever has its address can act.
     *
     * @return where, with the token
     * @throws IOException in words for one line
     */
    public String serveDashboard(InetSocketAddress address) throws IOException, InterruptedException {
        Set<MultipathChannel> open = ConcurrentHashMap.newKeySet();
        MultipathDashboardHandler page = MultipathDashboardHandler.builder(
                        () -> open.stream().map(MultipathChannel::snapshot).toList())
                .host(address.getHostString())
                .build();
        InetSocketAddress bound = serve(address, page);
        watchers.add(session -> {
            open.add(session);
            session.closeFuture().addListener(closed -> open.remove(session));
        });
        return url(bound) + page.pathAndToken();
    }

    private InetSocketAddress serve(InetSocketAddress address, ChannelHandler view)
            throws IOException, InterruptedException {
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(Transport.best().serverSocketChannel())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection
                                .pipeline()
                                .addLast(
                                        new IdleStateHandler(IDLE_LIMIT_SECONDS, 0, 0),
                                        new HttpServerCodec(),
                                        new HttpServerKeepAliveHandler(),
                                        new HttpObjectAggregator(MAX_REQUEST_BYTES),
                                        view,
                                        new Closer());
                    }
                })
                .bind(address)
                .await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + AddressText.of(address) + ": " + Reasons.of(bound.cause()), bound.cause());
        }
        return (InetSocketAddress) bound.channel().localAddress();
    }

    /** Nobody can go to the wildcard address; whoever comes from another host knows this one's. */
    private static String url(InetSocketAddress address) {
        boolean isAnywhere = address.getAddress().isAnyLocalAddress();
        return "http://" + (isAnywhere ? "localhost:" + address.getPort() : AddressText.of(address));
    }

    @Override
    public void close() {
        Transport.end(loop, Duration.ofSeconds(1));
    }
}
