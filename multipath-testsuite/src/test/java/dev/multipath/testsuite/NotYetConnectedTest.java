package dev.multipath.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketChannelNotYetConnectedTest;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class NotYetConnectedTest extends SocketChannelNotYetConnectedTest {

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
    @Adapted(
            "Registers a DuplexChannel: Netty's own binds a SocketChannel, and paths are bound when they are connected.")
    public void testShutdownNotYetConnected(Bootstrap cb) throws Throwable {
        DuplexChannel channel = (DuplexChannel)
                cb.handler(new ChannelInboundHandlerAdapter()).register().sync().channel();
        assertThatThrownBy(() -> channel.shutdownInput().sync()).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.shutdownOutput().sync()).isInstanceOf(NotYetConnectedException.class);
        channel.close().sync();
    }

    @Test
    @Override
    @Adapted("With a multipath server: Netty's own makes one of plain TCP.")
    public void readMustBePendingUntilChannelIsActive(TestInfo testInfo) throws Throwable {
        run(testInfo, this::readBeforeActive);
    }

    private void readBeforeActive(Bootstrap cb) throws Throwable {
        ServerBootstrap sb = subflows.servers().get(0).newInstance();
        Channel server = sb.childHandler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        ctx.writeAndFlush(Unpooled.copyInt(42));
                    }
                })
                .bind(newSocketAddress())
                .sync()
                .channel();
        CountDownLatch read = new CountDownLatch(1);
        cb.handler(new ByteToMessageDecoder() {
            @Override
            public void handlerAdded(ChannelHandlerContext ctx) {
                assertThat(ctx.channel().isActive()).isFalse();
                ctx.read();
            }

            @Override
            protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
                if (in.readableBytes() >= Integer.BYTES) {
                    assertThat(in.readInt()).isEqualTo(42);
                    read.countDown();
                }
            }
        });
        Channel client = cb.connect(server.localAddress()).sync().channel();
        read.await();
        client.close().sync();
        server.close().sync();
    }
}
