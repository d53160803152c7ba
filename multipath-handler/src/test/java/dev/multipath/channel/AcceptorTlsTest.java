package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.session.MultipathException;
import dev.multipath.transport.TlsTruncatedException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An acceptor behind a TLS handler that is not ours. In the base profile nothing else tells an end from a loss. */
class AcceptorTlsTest {

    private static final int BYTES = 1000;

    private final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();

    @ParameterizedTest
    @CsvSource({"JDK,false", "JDK,true", "OPENSSL,false", "OPENSSL,true"})
    void shouldTakeAnEndWithoutCloseNotifyForALoss(SslProvider provider, boolean reset) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            InetSocketAddress address = listen(peers, provider);
            Recorder client = new Recorder();
            peers.clientBootstrap(client)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            Peers.tracking(peers.clientSubflows).withTls(TlsSetup.mutualClient(provider)))
                    .option(MultipathChannelOption.EXTENDED_PROFILE, false)
                    .connect(MultipathAddress.of(address))
                    .sync();
            Recorder server = Peers.nextOpen(accepted);
            client.send(BYTES, BYTES);
            server.awaitReceived(BYTES);

            cut(client.firstSubflow(), reset);

            server.awaitInactive();
            assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            if (!reset) {
                assertThat(server.exceptions().get(0)).hasCauseInstanceOf(TlsTruncatedException.class);
            }
        }
    }

    private InetSocketAddress listen(Peers peers, SslProvider provider) throws Exception {
        MultipathAcceptor acceptor = MultipathAcceptor.builder(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        Recorder application = new Recorder();
                        session.pipeline().addLast(application);
                        accepted.add(application);
                    }
                })
                .build();
        SslContext tls = TlsSetup.server(provider, TlsSetup.SERVER);
        return (InetSocketAddress) new ServerBootstrap()
                .group(peers.listenerGroup)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        peers.serverSubflows.add(connection);
                        connection.pipeline().addLast(tls.newHandler(connection.alloc()));
                        connection.pipeline().addLast(new MultipathServerHandler(acceptor));
                    }
                })
                .bind(peers.transport.ephemeral())
                .sync()
                .channel()
                .localAddress();
    }

    /** Ends what the peer reads behind the back of the TLS handler. */
    private static void cut(Channel subflow, boolean reset) {
        subflow.eventLoop().execute(() -> {
            if (reset) {
                subflow.config().setOption(ChannelOption.SO_LINGER, 0);
                subflow.unsafe().close(subflow.voidPromise());
            } else {
                ((DuplexChannel) subflow).shutdownOutput();
            }
        });
    }
}
