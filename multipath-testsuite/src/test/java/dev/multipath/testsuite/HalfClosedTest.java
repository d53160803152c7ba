package dev.multipath.testsuite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketHalfClosedTest;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class HalfClosedTest extends SocketHalfClosedTest {

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

    @Test
    @Override
    @Adapted("Takes the server's end for a DuplexChannel: Netty's own casts it to SocketChannel.")
    public void testHalfClosureReceiveDataOnFinalWait2StateWhenSoLingerSet(TestInfo testInfo) throws Throwable {
        run(testInfo, HalfClosedTest::receiveDataBehindOwnEnd);
    }

    private static void receiveDataBehindOwnEnd(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        CountDownLatch received = new CountDownLatch(1);
        sb.childOption(ChannelOption.SO_LINGER, 1).childHandler(new ChannelInboundHandlerAdapter() {
            @Override
            public boolean isSharable() {
                return true;
            }

            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                ((DuplexChannel) ctx.channel()).shutdownOutput();
            }

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                ReferenceCountUtil.release(msg);
                received.countDown();
            }
        });
        cb.option(ChannelOption.ALLOW_HALF_CLOSURE, true).handler(new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event == ChannelInputShutdownEvent.INSTANCE) {
                    ctx.writeAndFlush(ctx.alloc().buffer().writeZero(16));
                }
                if (event == ChannelInputShutdownReadComplete.INSTANCE) {
                    ctx.close();
                }
            }
        });
        Channel server = sb.bind().sync().channel();
        Channel client = cb.connect(server.localAddress()).sync().channel();
        received.await();
        client.close().sync();
        server.close().sync();
    }

    @Test
    @Override
    @Disabled(
            "Blocks its event loop until the peer has closed, and then wants its next write to fail: a kernel knows of the"
                    + " peer's reset by then, a session learns of it on that loop")
    public void testAutoCloseFalseDoesShutdownOutput(TestInfo testInfo) {}
}
