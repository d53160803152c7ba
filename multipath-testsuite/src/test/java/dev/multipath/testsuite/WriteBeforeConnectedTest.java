package dev.multipath.testsuite;

import static io.netty.testsuite.transport.TestsuitePermutation.randomBufferType;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.WriteBeforeRegisteredTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class WriteBeforeConnectedTest extends WriteBeforeRegisteredTest {

    @Parameter
    Subflows subflows;

    @Override
    protected List<BootstrapFactory<Bootstrap>> newFactories() {
        return subflows.clients();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return subflows.newAddress();
    }

    @Override
    @Adapted("With a Channel: Netty's own casts to SocketChannel.")
    public void testWriteBeforeConnect(Bootstrap cb) {
        Channel channel = cb.handler(new ChannelInboundHandlerAdapter())
                .connect(newSocketAddress())
                .channel();
        channel.writeAndFlush(randomBufferType(channel.alloc(), new byte[] {1}, 0, 1));
        channel.close();
    }
}
