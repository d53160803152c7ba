package dev.multipath.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketConnectTest;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class ConnectTest extends SocketConnectTest {

    @Parameter
    Subflows subflows;

    @Override
    protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
        return subflows.pairs();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return subflows.newAddress();
    }

    @Override
    @Adapted("Expects MultipathAddresses of bound ports: Netty's own casts to InetSocketAddress.")
    public void testLocalAddressAfterConnect(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        Promise<SocketAddress> accepted = ImmediateEventExecutor.INSTANCE.newPromise();
        Channel server = sb.childHandler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        accepted.setSuccess(ctx.channel().localAddress());
                    }
                })
                .bind()
                .sync()
                .channel();
        Channel client =
                cb.handler(new ChannelInboundHandlerAdapter()).register().sync().channel();
        assertThat(client.localAddress()).isNull();
        assertThat(client.remoteAddress()).isNull();

        client.connect(server.localAddress()).sync();
        subflows.assertBound(client.localAddress());
        assertThat(client.remoteAddress()).isNotNull();
        subflows.assertBound(accepted.get());
        client.close().sync();
        server.close().sync();
    }
}
