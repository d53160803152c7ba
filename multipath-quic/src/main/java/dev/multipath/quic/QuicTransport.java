package dev.multipath.quic;

import dev.multipath.metrics.TransportStats;
import dev.multipath.transport.SubflowResources;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.Objects;

/**
 * Subflows over QUIC, on event loops of NIO, epoll, io_uring and kqueue. Needs {@code netty-codec-native-quic} on the class path,
 * with the classifier of the system. Immutable, and for any number of channels.
 *
 * <p>TLS 1.3 is a part of QUIC: the {@link TlsConfig} has {@code QuicSslContext}s, as {@link #prepare} makes them, and means what
 * it means for TCP: names (SNI, and their verification), mutual TLS, the protocol {@value TlsConfig#ALPN_PROTOCOL} in ALPN, the
 * executor for handshakes.
 *
 * <p>Early data (0-RTT) are used where both ends' contexts were built with {@code earlyData(true)}: a client that was connected to
 * that server before sends its request for a session at once, and nothing else. Whoever records it can have the server open a
 * session for nothing, as anybody can who connects.
 *
 * <p>A server validates addresses by Retry packets before it keeps anything of a connection; from then on it has its place among
 * the server's handshakes, as a TCP connection has.
 */
public final class QuicTransport implements SubflowTransport {

    private final QuicSubflows subflows;

    private QuicTransport(QuicSubflows subflows) {
        this.subflows = subflows;
    }

    /**
     * A client's or a server's.
     *
     * @param tls a client's for a client, a server's for a server
     * @return with {@link QuicOptions#DEFAULT}
     * @throws IllegalArgumentException if its context is not one for QUIC, or verifies names and the config does not, or the
     *     other way round
     */
    public static QuicTransport of(TlsConfig tls) {
        Quic.ensureAvailability();
        QuicTls.check(tls);
        return new QuicTransport(new QuicSubflows(tls, QuicOptions.DEFAULT));
    }

    /**
     * Sets what contexts for subflows have in common: ALPN with the protocol {@value TlsConfig#ALPN_PROTOCOL}.
     *
     * @param builder with keys and trust
     * @return the builder
     */
    public static QuicSslContextBuilder prepare(QuicSslContextBuilder builder) {
        return builder.applicationProtocols(TlsConfig.ALPN_PROTOCOL);
    }

    /**
     * With other options.
     *
     * @param newOptions not null
     * @return another transport; this one is as before
     */
    public QuicTransport withOptions(QuicOptions newOptions) {
        return new QuicTransport(subflows.withOptions(Objects.requireNonNull(newOptions, "newOptions")));
    }

    /**
     * QUIC for some paths, and another transport for all others: a client dials {@link QuicAddress}es by QUIC, a server listens
     * for both at each address that is not one, on the UDP port of the same number.
     *
     * @param other TCP, with TLS as a rule
     * @return another transport; this one is as before
     */
    public SubflowTransport alongside(SubflowTransport other) {
        return new QuicAlongside(subflows, other, QuicAlongside.Preference.BY_ADDRESS);
    }

    /**
     * As {@link #alongside}, but a client dials other IP addresses by both, as browsers do: QUIC first, the other one 250 ms later
     * or as soon as QUIC has failed, and takes what is ready first. Where UDP does not come through, that is remembered for some
     * minutes, by this object, and only the other one is dialled.
     *
     * @param other TCP, with TLS as a rule
     * @return another transport; this one is as before
     */
    public SubflowTransport preferredTo(SubflowTransport other) {
        return new QuicAlongside(subflows, other, QuicAlongside.Preference.QUIC);
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        return subflows.dial(eventLoop, remote, local, setup);
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return subflows.listen(eventLoop, local, setup);
    }

    @Override
    public void reset(Channel subflow, long code) {
        subflows.reset(subflow, code);
    }

    @Override
    public TransportStats stats(Channel subflow) {
        return subflows.stats(subflow);
    }

    @Override
    public SubflowResources resources(Channel subflow) {
        return subflows.resources(subflow);
    }
}
