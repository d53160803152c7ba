package dev.multipath.benchmarks.paths;

import dev.multipath.benchmarks.stack.Certificate;
import dev.multipath.benchmarks.stack.Transport;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import dev.multipath.quic.QuicAddress;
import dev.multipath.quic.QuicOptions;
import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.function.Consumer;

/** What both ends have in common. */
final class Wiring {

    private static final String QUIC = "quic://";

    private final Transport transport;
    private final QuicOptions quic;
    private final Coupled coupled;

    /**
     * Takes what there is by name.
     *
     * @param name of the transport; null for epoll if there is that
     * @param quicCongestionControl of QUIC: CUBIC, BBR or RENO; null for the usual one
     * @param coupled which of a session's subflows are
     */
    Wiring(String name, String quicCongestionControl, Coupled coupled) {
        this.coupled = coupled;
        quic = quicCongestionControl == null
                ? QuicOptions.DEFAULT
                : QuicOptions.DEFAULT.withCongestionControl(
                        QuicCongestionControlAlgorithm.valueOf(quicCongestionControl.toUpperCase(Locale.ROOT)));
        transport = name != null
                ? Transport.valueOf(name)
                : Transport.EPOLL.isAvailable() ? Transport.EPOLL : Transport.NIO;
    }

    EventLoopGroup newGroup(String threads) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threads), transport.newIoHandler());
    }

    /** Ends groups of {@link #newGroup}, and what is open on them. */
    void end(EventLoopGroup... groups) {
        transport.end(groups);
    }

    /** QUIC at the addresses that say so, plain TCP at all others. */
    private SubflowTransport serverSubflows(MultipathAddress address) {
        return hasQuic(address) ? beside(QuicTransport.of(Certificate.quicServer())) : SubflowTransport.ofEventLoop();
    }

    private SubflowTransport clientSubflows(MultipathAddress address) {
        return hasQuic(address) ? beside(QuicTransport.of(Certificate.quicClient())) : SubflowTransport.ofEventLoop();
    }

    Channel connect(EventLoopGroup group, MultipathAddress server, ChannelHandler handler) throws InterruptedException {
        return client(group, server, handler).connect(server).sync().channel();
    }

    /** Of a client's session to that server. */
    Bootstrap client(EventLoopGroup group, MultipathAddress server, ChannelHandler handler) {
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, clientSubflows(server))
                .option(MultipathChannelOption.CONGESTION_CONTROL, coupled.policies())
                .handler(handler);
    }

    /** A server that does what clients ask for. */
    Channel bind(EventLoopGroup group, MultipathAddress address, String trace, Consumer<String> report)
            throws InterruptedException {
        return new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, serverSubflows(address))
                .childOption(MultipathChannelOption.CONGESTION_CONTROL, coupled.policies())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ch.pipeline().addLast(new JobHandler(report));
                        Trace.of(ch, trace);
                    }
                })
                .bind(address)
                .sync()
                .channel();
    }

    private SubflowTransport beside(QuicTransport transportOfQuic) {
        return transportOfQuic.withOptions(quic).alongside(SubflowTransport.ofEventLoop());
    }

    private static boolean hasQuic(MultipathAddress address) {
        return address.paths().stream().anyMatch(path -> path.remote() instanceof QuicAddress);
    }

    static InetSocketAddress address(String text) {
        boolean isQuic = text.startsWith(QUIC);
        String hostAndPort = isQuic ? text.substring(QUIC.length()) : text;
        int colon = hostAndPort.lastIndexOf(':');
        InetSocketAddress place = new InetSocketAddress(
                hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
        return isQuic ? QuicAddress.of(place) : place;
    }
}
