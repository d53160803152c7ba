package dev.multipath.testsuite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketCloseForciblyTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class CloseForciblyTest extends SocketCloseForciblyTest {

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
    @Adapted("Sets SO_LINGER through the channel's options: Netty's own asks for a SocketChannelConfig.")
    public void testCloseForcibly(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        sb.handler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        Channel child = (Channel) msg;
                        child.config().setOption(ChannelOption.SO_LINGER, 0);
                        child.unsafe().closeForcibly();
                    }
                })
                .childHandler(new ChannelInboundHandlerAdapter());
        cb.handler(new ChannelInboundHandlerAdapter());

        Channel server = sb.bind().sync().channel();
        cb.connect(server.localAddress()).channel().closeFuture().sync();
        server.close().sync();
    }
}
