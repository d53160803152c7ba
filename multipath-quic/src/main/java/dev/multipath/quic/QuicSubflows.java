package dev.multipath.quic;

import dev.multipath.metrics.TransportStats;
import dev.multipath.transport.SubflowBootstrap;
import dev.multipath.transport.SubflowResources;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Subflows over QUIC alone: what {@link QuicTransport} does, and half of what {@link QuicAlongside} does, which wants more to be said
 * of each.
 */
final class QuicSubflows implements SubflowTransport {

    /** Native memory of a connection that does nothing, quiche's and BoringSSL's (measured, of 500: 51 to 63 KiB each). */
    private static final long RESTING_BYTES = 60 << 10;

    private final TlsConfig tls;
    private final QuicOptions options;

    QuicSubflows(TlsConfig tls, QuicOptions options) {
        this.tls = tls;
        this.options = options;
    }

    QuicSubflows withOptions(QuicOptions newOptions) {
        return new QuicSubflows(tls, newOptions);
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        return dial(eventLoop, remote, local, setup, QuicDialer.Readiness.EARLY);
    }

    /** @param readiness what the future waits for */
    Future<Channel> dial(
            EventLoop eventLoop,
            SocketAddress remote,
            SocketAddress local,
            SubflowSetup setup,
            QuicDialer.Readiness readiness) {
        if (!tls.isClient()) {
            throw new UnsupportedOperationException("this transport has a server's TLS");
        }
        if (local != null && !(local instanceof InetSocketAddress)) {
            throw new IllegalArgumentException("QUIC has no paths from " + local);
        }
        QuicDialer dialer = new QuicDialer(tls, options, readiness);
        return SubflowBootstrap.connect(() -> new QuicSubflowChannel(dialer), eventLoop, remote, local, setup);
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return listen(eventLoop, local, setup, null);
    }

    /** @param beside a listener of another kind at the same port, which is the parent of this one */
    Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup, Channel beside) {
        if (tls.isClient()) {
            throw new UnsupportedOperationException("this transport has a client's TLS");
        }
        return SubflowBootstrap.bind(() -> new QuicServerChannel(beside, tls, options), eventLoop, local, setup);
    }

    @Override
    public void reset(Channel subflow, long code) {
        ((QuicSubflowChannel) subflow).reset(code);
    }

    @Override
    public TransportStats stats(Channel subflow) {
        return ((QuicSubflowChannel) subflow).stats();
    }

    @Override
    public SubflowResources resources(Channel subflow) {
        QuicConnection connection = ((QuicSubflowChannel) subflow).connection();
        return new SubflowResources(RESTING_BYTES, false, connection.channel(), connection::closeAtOnce);
    }
}
