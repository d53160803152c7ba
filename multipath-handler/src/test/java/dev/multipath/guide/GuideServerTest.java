package dev.multipath.guide;

import static dev.multipath.channel.MultipathChannelOption.SOURCE_QUOTA;
import static dev.multipath.channel.MultipathChannelOption.SUBFLOW_TRANSPORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.admission.SourceQuota;
import dev.multipath.channel.MemoryBudget;
import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.MultipathServerHandler;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ipfilter.IpFilterRule;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.handler.ipfilter.RuleBasedIpFilter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;

/** The chapters about who may come: TLS, filters, limits, and a server that is there already. */
class GuideServerTest extends GuideFixture {

    private void secure(Bootstrap bootstrap, X509Certificate authority) throws Exception {
        SslContext context = TlsConfig.prepare(SslContextBuilder.forClient().trustManager(authority))
                .build();
        bootstrap.option(
                SUBFLOW_TRANSPORT,
                SubflowTransport.ofEventLoop().withTls(TlsConfig.client(context).withServerName("example.org")));
    }

    private void secure(ServerBootstrap serverBootstrap, PrivateKey key, X509Certificate chain) throws Exception {
        SslContext context =
                TlsConfig.prepare(SslContextBuilder.forServer(key, chain)).build();
        serverBootstrap.option(SUBFLOW_TRANSPORT, SubflowTransport.ofEventLoop().withTls(TlsConfig.server(context)));
    }

    @Test
    void shouldSecureSubflows() throws Exception {
        X509Bundle own = new CertificateBuilder()
                .subject("CN=example.org")
                .addSanDnsName("example.org")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        ServerBootstrap server = echoServer();
        secure(server, own.getKeyPair().getPrivate(), own.getCertificate());
        Bootstrap client = client();
        secure(client, own.getCertificate());
        Channel listening = server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client.connect(listening.localAddress()).sync().channel());
    }

    private void filter(ServerBootstrap serverBootstrap) {
        IpFilterRule rule = new IpSubnetFilterRule("10.66.0.0", 16, IpFilterRuleType.REJECT);
        serverBootstrap.option(
                SUBFLOW_TRANSPORT, SubflowTransport.ofEventLoop().withInitializer(subflow -> subflow.pipeline()
                        .addLast(new RuleBasedIpFilter(true, rule))));
    }

    @Test
    void shouldLetThroughWhoIsNotFiltered() throws Exception {
        ServerBootstrap server = echoServer();
        filter(server);
        Channel listening = server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client().connect(listening.localAddress()).sync().channel());
    }

    private void countHosts(ServerBootstrap serverBootstrap) {
        // Behind a proxy, all clients have its address.
        serverBootstrap.option(SOURCE_QUOTA, SourceQuota.NONE);
        // 5000 sessions and 500 handshakes from a host, an IPv4 /32 or IPv6 /56; our own load balancers do not count.
        serverBootstrap.option(
                SOURCE_QUOTA,
                SourceQuota.of(5000, 500).withPrefixes(32, 56).exempting(InetAddress::isSiteLocalAddress));
    }

    @Test
    void shouldServeWhoDoesNotExceedItsQuota() throws Exception {
        ServerBootstrap server = echoServer();
        countHosts(server);
        MultipathServerChannel listening = (MultipathServerChannel)
                server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client().connect(listening.localAddress()).sync().channel());
        assertThat(listening.admission().sources()).isLessThanOrEqualTo(1);
    }

    private void limitMemory(ServerBootstrap serverBootstrap) {
        serverBootstrap.option(MultipathChannelOption.MEMORY_BUDGET, MemoryBudget.ofBytes(256 << 20));
    }

    @Test
    void shouldServeWithinItsBudget() throws Exception {
        ServerBootstrap server = echoServer();
        limitMemory(server);
        Channel listening = server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client().connect(listening.localAddress()).sync().channel());
        assertThat(listening
                        .config()
                        .getOption(MultipathChannelOption.MEMORY_BUDGET)
                        .evictedSessions())
                .isZero();
    }

    // ---- beside another server

    private static void accept(ChannelHandler sessionInitializer, ChannelPipeline pipeline) {
        MultipathAcceptor acceptor = MultipathAcceptor.builder(sessionInitializer)
                .option(MultipathChannelOption.MAX_SESSIONS, 1000)
                .childOption(MultipathChannelOption.SEND_BUFFER_BYTES, 4 << 20)
                .build();

        // In the pipeline of a connection that speaks multipath:
        pipeline.addLast(new MultipathServerHandler(acceptor));
    }

    @Test
    void shouldAcceptBesideAnotherServer() throws Exception {
        Channel listening = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        accept(new EchoHandler(), connection.pipeline());
                    }
                })
                .bind(addressA)
                .sync()
                .channel();
        assertEcho(client().connect(MultipathAddress.of(listening.localAddress()))
                .sync()
                .channel());
    }
}
