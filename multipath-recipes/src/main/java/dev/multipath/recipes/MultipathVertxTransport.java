package dev.multipath.recipes;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.transport.Transport;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Vert.x over NIO, with multipath channels in place of UNIX domain sockets: where Vert.x takes the path of such a socket, it
 * is given {@code host:port,host:port} ({@link #address}).
 */
public final class MultipathVertxTransport implements Transport, io.vertx.core.transport.Transport {

    /**
     * What Vert.x is given to listen at or to connect to.
     *
     * @param paths one or more
     * @return their address, in Vert.x's words
     */
    public static SocketAddress address(InetSocketAddress... paths) {
        return SocketAddress.domainSocketAddress(Arrays.stream(paths)
                .map(path -> path.getHostString() + ":" + path.getPort())
                .collect(Collectors.joining(",")));
    }

    @Override
    public String name() {
        return "multipath";
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public Throwable unavailabilityCause() {
        return null;
    }

    @Override
    public Transport implementation() {
        return this;
    }

    @Override
    public boolean supportsDomainSockets() {
        return true;
    }

    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
        if (!address.isDomainSocket()) {
            return Transport.super.convert(address);
        }
        return MultipathAddress.of(Arrays.stream(address.path().split(","))
                .map(MultipathVertxTransport::path)
                .toArray(java.net.SocketAddress[]::new));
    }

    private static InetSocketAddress path(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    @Override
    public SocketAddress convert(java.net.SocketAddress address) {
        return address instanceof MultipathAddress paths
                ? address(paths.paths().stream()
                        .map(path -> (InetSocketAddress) path.remote())
                        .toArray(InetSocketAddress[]::new))
                : Transport.super.convert(address);
    }

    @Override
    public IoHandlerFactory ioHandlerFactory() {
        return NioIoHandler.newFactory();
    }

    @Override
    public DatagramChannel datagramChannel() {
        return new NioDatagramChannel();
    }

    @Override
    @SuppressWarnings("deprecation") // of Vert.x's method
    public DatagramChannel datagramChannel(InternetProtocolFamily family) {
        return new NioDatagramChannel(family);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean multipath) {
        return multipath ? MultipathChannel::new : NioSocketChannel::new;
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean multipath) {
        return multipath ? MultipathServerChannel::new : NioServerSocketChannel::new;
    }
}
