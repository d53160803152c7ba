package dev.multipath.testsuite.kill;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.MultipathServerHandler;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The listening end of one session, of either kind that there is. */
final class Server {

    private final List<Channel> listeners = new ArrayList<>();
    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private MultipathAcceptor acceptor;

    private Server() {}

    static Server start(Plan plan, Limits limits, Machine machine, ChannelHandler sessions) {
        Server server = new Server();
        if (plan.acceptor()) {
            server.startAcceptor(plan, limits, machine, sessions);
        } else {
            server.startChannel(plan, limits, machine, sessions);
        }
        return server;
    }

    private void startChannel(Plan plan, Limits limits, Machine machine, ChannelHandler sessions) {
        SubflowTransport transport = machine.tracked(SubflowTransport.ofEventLoop());
        if (plan.tls() != Plan.Tls.NONE) {
            transport = transport.withTls(TlsConfig.server(machine.tls().server(plan.tls())));
        }
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(machine.group(plan.serverEpoll()))
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport)
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Limits.HANDSHAKE)
                .childHandler(sessions);
        options(plan, limits, machine).forEach((option, value) -> set(bootstrap, option, value));
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < plan.listeners(); i++) {
            paths.add(Path.of("l" + i, new InetSocketAddress(machine.host(), 0)));
        }
        Channel channel = machine.track(
                bootstrap.bind(MultipathAddress.of(paths)).syncUninterruptibly().channel());
        listeners.add(channel);
        ((MultipathAddress) channel.localAddress())
                .paths()
                .forEach(path -> addresses.add((InetSocketAddress) path.remote()));
    }

    private void startAcceptor(Plan plan, Limits limits, Machine machine, ChannelHandler sessions) {
        MultipathAcceptor.Builder builder =
                MultipathAcceptor.builder(sessions).option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Limits.HANDSHAKE);
        options(plan, limits, machine).forEach((option, value) -> set(builder, option, value));
        acceptor = builder.build();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(machine.group(plan.serverEpoll()))
                .channel(plan.serverEpoll() ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .childOption(ChannelOption.ALLOCATOR, machine.allocator())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        machine.track(connection);
                        if (plan.tls() != Plan.Tls.NONE) {
                            connection
                                    .pipeline()
                                    .addLast(machine.tls().server(plan.tls()).newHandler(machine.allocator()));
                        }
                        connection.pipeline().addLast(new MultipathServerHandler(acceptor));
                    }
                });
        for (int i = 0; i < plan.listeners(); i++) {
            Channel listener = machine.track(
                    bootstrap.bind(machine.host(), 0).syncUninterruptibly().channel());
            listeners.add(listener);
            addresses.add((InetSocketAddress) listener.localAddress());
        }
    }

    private static Map<ChannelOption<?>, Object> options(Plan plan, Limits limits, Machine machine) {
        return machine.sessionOptions(plan, plan.server(), limits);
    }

    @SuppressWarnings("unchecked")
    private static void set(ServerBootstrap bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.childOption((ChannelOption<Object>) option, value);
    }

    @SuppressWarnings("unchecked")
    private static void set(MultipathAcceptor.Builder builder, ChannelOption<?> option, Object value) {
        builder.childOption((ChannelOption<Object>) option, value);
    }

    /** Where it listens. */
    List<InetSocketAddress> addresses() {
        return addresses;
    }

    /** Ends the listeners; sessions go on. */
    void close() {
        listeners.forEach(Channel::close);
        if (acceptor != null) {
            acceptor.close();
        }
    }

    /** How many sessions an acceptor counts. */
    int sessionCount() {
        return acceptor == null ? 0 : acceptor.sessionCount();
    }
}
