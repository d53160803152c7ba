package dev.multipath.examples;

import dev.multipath.examples.stream.Reasons;
import dev.multipath.examples.stream.RelayConnector;
import dev.multipath.examples.stream.RelayHandler;
import dev.multipath.transport.Exhaustion;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ITypeConverter;

/**
 * Where a tunnel takes connections in.
 *
 * @param tcp an address, or null
 * @param unix a UNIX socket's file, or null
 */
record TunnelEntry(HostPort tcp, Path unix) {
    private static final Logger LOGGER = LoggerFactory.getLogger(TunnelEntry.class);

    /** {@code [HOST:]PORT} or {@code unix:FILE}. */
    static final class Converter implements ITypeConverter<TunnelEntry> {
        @Override
        public TunnelEntry convert(String text) {
            return UnixFile.isNamed(text)
                    ? new TunnelEntry(null, UnixFile.parse(text))
                    : new TunnelEntry(new HostPort.LoopbackConverter().convert(text), null);
        }
    }

    /** Where to bind, if that is over TCP; looks a host up and blocks. */
    SocketAddress address() throws UnusableAddressException {
        return tcp == null ? null : tcp.resolve(Family.ANY);
    }

    /**
     * Accepts TCP connections and joins each to what the dialler makes for it, until the listener is closed, which it returns.
     *
     * @throws IOException in words for one line
     */
    Channel open(Endpoint endpoint, SocketAddress address, RelayConnector.Dialer dialer, Stdio stdio)
            throws IOException, InterruptedException {
        ServerBootstrap entry = new ServerBootstrap()
                .group(endpoint.eventLoops())
                .channel(endpoint.transport().serverSocketChannel())
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_LINGER, 0)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        RelayHandler relay = new RelayHandler();
                        accepted.pipeline().addLast(relay, new RelayConnector(relay, dialer));
                    }
                });
        ChannelFuture bound = entry.bind(address).await();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + tcp + ": " + Reasons.of(bound.cause()), bound.cause());
        }
        bound.channel().pipeline().addLast(Exhaustion.ofListener());
        String where = "tunnel entry at " + ShownAddress.of(bound.channel().localAddress());
        if (tcp.port() == 0) {
            stdio.complain(where);
        } else {
            LOGGER.info("{}", where);
        }
        return bound.channel();
    }
}
