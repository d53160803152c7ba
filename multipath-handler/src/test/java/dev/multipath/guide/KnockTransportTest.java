package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The transport of docs/TRANSPORT.md, which stands there as it stands here. */
class KnockTransportTest {

    private static final int PATIENCE_SECONDS = 60;
    private static final byte[] SECRET = "open sesame".getBytes(StandardCharsets.US_ASCII);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final MultipathAddress server = listen();

    @AfterEach
    void stop() {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        assertThat(group.terminationFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isTrue();
    }

    private MultipathAddress listen() {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return (MultipathAddress) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, new KnockTransport(SECRET))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                                ctx.writeAndFlush(msg);
                            }
                        });
                    }
                })
                .bind(MultipathAddress.of(any, any))
                .syncUninterruptibly()
                .channel()
                .localAddress();
    }

    private MultipathChannel connect(byte[] secret, boolean extended) throws InterruptedException {
        return (MultipathChannel) new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, new KnockTransport(secret))
                .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                .handler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        ByteBuf bytes = (ByteBuf) msg;
                        answers.add(bytes.toString(StandardCharsets.US_ASCII));
                        bytes.release();
                    }
                })
                .connect(server)
                .sync()
                .channel();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarrySessions(boolean extended) throws Exception {
        MultipathChannel session = connect(SECRET, extended);
        Awaitility.await()
                .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .until(() -> session.subflows().size() == 2);
        session.writeAndFlush(session.alloc().buffer().writeBytes(SECRET)).sync();
        assertThat(answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("open sesame");
        session.close().sync();
    }

    @Test
    void shouldKeepOutWhoDoesNotKnowTheSecret() {
        byte[] wrong = new byte[SECRET.length];
        assertThatThrownBy(() -> connect(wrong, true))
                .isInstanceOf(AllPathsFailedException.class)
                .hasMessageContaining("not let in");
    }

    @Test
    void shouldStandInTheDocument() {
        String source = Document.of("multipath-handler/src/test/java/dev/multipath/guide/KnockTransport.java")
                .text();
        assertThat(source.lines().count()).isLessThan(100);
        assertThat(Document.of("docs/TRANSPORT.md").text())
                .contains(source.substring(source.indexOf("/** Connections that begin")));
    }
}
