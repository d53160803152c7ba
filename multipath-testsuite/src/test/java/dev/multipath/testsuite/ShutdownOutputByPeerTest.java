package dev.multipath.testsuite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.AbstractSocketShutdownOutputByPeerTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.params.Parameter;

/** The peer is a multipath channel too. */
@OverSubflows
class ShutdownOutputByPeerTest extends AbstractSocketShutdownOutputByPeerTest<DuplexChannel> {

    @Parameter
    Subflows subflows;

    @Override
    protected List<BootstrapFactory<ServerBootstrap>> newFactories() {
        return subflows.servers();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return subflows.newAddress();
    }

    @Override
    protected DuplexChannel newSocket() {
        Bootstrap bootstrap = subflows.clients().get(0).newInstance().handler(new ChannelInboundHandlerAdapter());
        return (DuplexChannel) bootstrap.register().syncUninterruptibly().channel();
    }

    @Override
    protected void connect(DuplexChannel peer, SocketAddress address) {
        peer.connect(address).syncUninterruptibly();
    }

    @Override
    protected void write(DuplexChannel peer, int data) {
        peer.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {(byte) data})).syncUninterruptibly();
    }

    @Override
    protected void shutdownOutput(DuplexChannel peer) {
        peer.shutdownOutput().syncUninterruptibly();
    }

    @Override
    protected void close(DuplexChannel peer) {
        peer.close();
    }
}
