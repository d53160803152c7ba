package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.ConnectionIdGenerator;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;
import dev.multipath.examples.stream.EchoHandler;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.examples.testing.TestCertificate;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three servers behind two HAProxies to which TLS passes through: no balancer can read a session's name, so each server has
 * addresses and a name of its own, and says that it wants joins there only.
 */
final class HaproxySniTest {
    private static final int SESSIONS = 30;
    private static final List<String> NAMES = List.of("one", "two", "three");

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Map<String, String> environment = new HashMap<>();
    private final Map<SocketAddress, String> serverNames = new HashMap<>();
    private final List<MultipathServerChannel> servers = new ArrayList<>();
    private TestCertificate certificate;

    @TempDir
    private Path directory;

    @BeforeAll
    static void requireHaproxy() {
        Haproxy.assumeInstalled();
    }

    @AfterEach
    void tearDown() {
        EventLoops.shutDown(group);
    }

    /** Each with an address of its own at every balancer. */
    private void startServers(List<List<InetSocketAddress>> balancers) throws Exception {
        certificate = TestCertificate.make(List.of("common.test", "one.test", "two.test", "three.test"));
        TlsConfig tls = TlsConfig.server(
                TlsConfig.prepare(SslContextBuilder.forServer(certificate.key(), certificate.certificate()))
                        .build());
        StringBuilder map = new StringBuilder();
        for (int i = 0; i < NAMES.size(); i++) {
            String name = NAMES.get(i);
            int own = i + 1;
            InetSocketAddress[] addresses =
                    balancers.stream().map(each -> each.get(own)).toArray(InetSocketAddress[]::new);
            MultipathServerChannel server = (MultipathServerChannel) new ServerBootstrap()
                    .group(group)
                    .channel(MultipathServerChannel.class)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            SubflowTransport.ofEventLoop().withTls(tls))
                    .option(
                            MultipathChannelOption.CONNECTION_ID_GENERATOR,
                            ConnectionIdGenerator.routable(ServerId.parse("0" + own), ServerIdEncoding.PLAIN))
                    .option(
                            MultipathChannelOption.ANNOUNCED_ADDRESSES,
                            AnnouncedAddresses.of(addresses).only())
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel session) {
                            session.pipeline().addLast(new EchoHandler());
                        }
                    })
                    .bind(MultipathAddress.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                    .sync()
                    .channel();
            servers.add(server);
            InetSocketAddress bound =
                    (InetSocketAddress) server.localAddress().paths().get(0).remote();
            environment.put("MULTIPATH_" + name.toUpperCase(Locale.ROOT), "127.0.0.1:" + bound.getPort());
            map.append(name).append(".test ").append(name).append('\n');
            for (InetSocketAddress address : addresses) {
                serverNames.put(address, name + ".test");
            }
        }
        environment.put(
                "MULTIPATH_MAP",
                Files.writeString(directory.resolve("names.map"), map).toString());
    }

    private Bootstrap client(InetSocketAddress first, InetSocketAddress second) throws Exception {
        TlsConfig tls = TlsConfig.client(
                        TlsConfig.prepare(SslContextBuilder.forClient().trustManager(certificate.certificate()))
                                .build())
                .withServerNames(remote -> serverNames.getOrDefault(remote, "common.test"));
        return EchoLoad.bootstrap(group, MultipathAddress.of(first, second))
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        SubflowTransport.ofEventLoop().withTls(tls))
                .option(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.ALL);
    }

    @Test
    void shouldJoinAtTheAddressesOfEachSessionsServer() throws Exception {
        List<InetSocketAddress> addresses = Haproxy.freeAddresses(2 * (1 + NAMES.size()));
        List<InetSocketAddress> firsts = addresses.subList(0, 1 + NAMES.size());
        List<InetSocketAddress> seconds = addresses.subList(1 + NAMES.size(), addresses.size());
        startServers(List.of(seconds, firsts));
        List<EchoLoad.Stream> streams;
        try (Haproxy first = Haproxy.start("haproxy-sni.cfg", environment, firsts)) {
            try (Haproxy second = Haproxy.start("haproxy-sni.cfg", environment, seconds)) {
                streams = EchoLoad.openOverTwoPaths(client(first.address(), second.address()), SESSIONS);
                assertThat(servers).allSatisfy(server -> {
                    assertThat(server.sessionCount()).isPositive();
                    assertThat(server.admission().misroutedJoins()).isZero();
                });
            }
            // A balancer is gone, and no session.
            for (EchoLoad.Stream stream : streams) {
                stream.echo(1000);
                stream.finish();
            }
        }
    }
}
