package dev.multipath.examples.interop;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** This implementation as one end of a session, used as any Netty application uses it. */
final class JavaPeer implements Peer {

    /**
     * A Go peer has 500 to 800 frames on the way, and what we drop of them for want of room it repeats a second later at
     * best. With 64 KiB writes and the default buffer that makes tens of seconds of a killed path.
     */
    private static final int RECEIVE_BUFFER_BYTES = 64 << 20;

    private final JobHandler handler;
    private final Channel channel;

    private JavaPeer(final JobHandler handler, final Channel channel) {
        this.handler = handler;
        this.channel = channel;
    }

    static JavaPeer client(
            final EventLoopGroup group, final List<InetSocketAddress> addresses, final JobHandler handler) {
        final Channel channel = new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.RECEIVE_BUFFER_BYTES, RECEIVE_BUFFER_BYTES)
                .handler(handler)
                .connect(MultipathAddress.of(addresses.toArray(SocketAddress[]::new)))
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        handler.fail(connected.cause());
                    }
                })
                .channel();
        return new JavaPeer(handler, channel);
    }

    /** Listens on {@code paths} loopback ports; the handler gets the first session. */
    static JavaPeer server(final EventLoopGroup group, final int paths, final JobHandler handler)
            throws InterruptedException {
        final SocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        final Channel channel = new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childOption(MultipathChannelOption.RECEIVE_BUFFER_BYTES, RECEIVE_BUFFER_BYTES)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(final Channel session) {
                        session.pipeline().addLast(handler);
                    }
                })
                .bind(MultipathAddress.of(Collections.nCopies(paths, anyPort).toArray(SocketAddress[]::new)))
                .sync()
                .channel();
        return new JavaPeer(handler, channel);
    }

    /** A server's addresses. */
    List<InetSocketAddress> addresses() {
        return ((MultipathAddress) channel.localAddress())
                .paths().stream().map(path -> (InetSocketAddress) path.remote()).toList();
    }

    @Override
    public CompletableFuture<Outcome> end() {
        return handler.end();
    }

    @Override
    public String progress() {
        return handler.progress();
    }

    @Override
    public void close() {
        channel.close();
        handler.abort();
    }
}
