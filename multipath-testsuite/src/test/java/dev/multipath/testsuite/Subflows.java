package dev.multipath.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.mptcp.Mptcp;
import dev.multipath.transport.mptcp.MptcpMode;
import dev.multipath.transport.mptcp.MptcpTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.quic.Quic;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** What carries the subflows of the channels under test; two paths each. */
enum Subflows {
    NIO(NioIoHandler::newFactory, () -> new InetSocketAddress(NetUtil.LOCALHOST, 0)),
    EPOLL(EpollIoHandler::newFactory, () -> new InetSocketAddress(NetUtil.LOCALHOST, 0)),
    LOCAL(LocalIoHandler::newFactory, () -> LocalAddress.ANY),
    /** On epoll, as it is used; {@link OverSubflows} skips it where there is no native library. */
    QUIC(EpollIoHandler::newFactory, () -> new InetSocketAddress(NetUtil.LOCALHOST, 0)),
    /** The kernel's Multipath TCP, also on epoll; skipped where the kernel has none. */
    MPTCP(EpollIoHandler::newFactory, () -> new InetSocketAddress(NetUtil.LOCALHOST, 0));

    /** As many as Netty's own tests use. */
    private static final int THREADS = 4;

    /**
     * Netty's tests count what is accepted. A path that is slow to answer on a busy machine must not make a client ask over
     * the other one too, for a session that it then drops.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Of hundreds of connections at once, the last of which a busy machine comes to late. */
    private static final Duration HANDSHAKE = Duration.ofMinutes(2);

    private final Supplier<IoHandlerFactory> ioHandler;
    private final Supplier<SocketAddress> anyAddress;
    private EventLoopGroup group;

    Subflows(Supplier<IoHandlerFactory> ioHandler, Supplier<SocketAddress> anyAddress) {
        this.ioHandler = ioHandler;
        this.anyAddress = anyAddress;
    }

    /** Lives as long as the tests' machine, as in Netty's own. */
    private synchronized EventLoopGroup group() {
        if (group == null) {
            group = new MultiThreadIoEventLoopGroup(
                    THREADS, new DefaultThreadFactory("testsuite-" + name(), true), ioHandler.get());
        }
        return group;
    }

    /** Whether this system has them. */
    boolean isAvailable() {
        return switch (this) {
            case NIO, EPOLL, LOCAL -> true;
            case QUIC -> Quic.isAvailable();
            case MPTCP -> Mptcp.isAvailable();
        };
    }

    /** An address that listens on two ports that are free. */
    MultipathAddress newAddress() {
        return MultipathAddress.of(anyAddress.get(), anyAddress.get());
    }

    /** Two paths to an address that a test of Netty's names by host and port: for local channels, one that nobody has. */
    MultipathAddress address(InetAddress host, int port) {
        SocketAddress address = this == LOCAL
                ? new LocalAddress(host.getHostAddress() + ":" + port)
                : new InetSocketAddress(host, port);
        return MultipathAddress.of(address, address);
    }

    /** The address of an open end. */
    void assertBound(SocketAddress address) {
        assertThat(address).isInstanceOf(MultipathAddress.class);
        assertThat(((MultipathAddress) address).paths()).allSatisfy(path -> assertSpecific(path.remote()));
    }

    private void assertSpecific(SocketAddress address) {
        if (this == LOCAL) {
            assertThat(address).isInstanceOf(LocalAddress.class).isNotEqualTo(LocalAddress.ANY);
        } else {
            assertThat(((InetSocketAddress) address).getPort()).isPositive();
            assertThat(((InetSocketAddress) address).getAddress()).isEqualTo(NetUtil.LOCALHOST);
        }
    }

    /** For tests of two ends. */
    List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> pairs() {
        return List.of(new BootstrapComboFactory<>() {
            @Override
            public ServerBootstrap newServerInstance() {
                return newServer();
            }

            @Override
            public Bootstrap newClientInstance() {
                return newClient().option(MultipathChannelOption.ATTEMPT_DELAY, PATIENCE);
            }
        });
    }

    /** For tests of servers. */
    List<BootstrapFactory<ServerBootstrap>> servers() {
        return List.of(this::newServer);
    }

    /** For tests of clients. */
    List<BootstrapFactory<Bootstrap>> clients() {
        return List.of(this::newClient);
    }

    private ServerBootstrap newServer() {
        ServerBootstrap server = new TwoPaths.Server(this)
                .group(group())
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, HANDSHAKE);
        return switch (this) {
            case NIO, EPOLL, LOCAL -> server;
            case QUIC -> server.option(MultipathChannelOption.SUBFLOW_TRANSPORT, QuicEnds.server());
            case MPTCP ->
                server.option(MultipathChannelOption.SUBFLOW_TRANSPORT, new MptcpTransport(MptcpMode.REQUIRED));
        };
    }

    private Bootstrap newClient() {
        Bootstrap client = new TwoPaths.Client(this)
                .group(group())
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, HANDSHAKE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) HANDSHAKE.toMillis());
        return switch (this) {
            case NIO, EPOLL, LOCAL -> client;
            case QUIC -> client.option(MultipathChannelOption.SUBFLOW_TRANSPORT, QuicEnds.client());
            case MPTCP ->
                client.option(MultipathChannelOption.SUBFLOW_TRANSPORT, new MptcpTransport(MptcpMode.REQUIRED));
        };
    }
}
