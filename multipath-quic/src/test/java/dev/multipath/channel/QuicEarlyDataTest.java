package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.quic.QuicOptions;
import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that was there before asks for its session in the first flight (0-RTT). */
class QuicEarlyDataTest {

    private static final int BYTES = 100_000;

    private static QuicTransport server(boolean early) {
        return QuicTransport.of(TlsConfig.server(
                QuicSetup.serverBuilder(TlsSetup.SERVER).earlyData(early).build()));
    }

    private static QuicTransport client(boolean early) {
        return QuicTransport.of(
                TlsConfig.client(QuicSetup.clientBuilder().earlyData(early).build())
                        .withServerName(TlsSetup.SERVER_NAME));
    }

    private static UdpRelay listen(Peers peers, QuicTransport transport) throws Exception {
        peers.listen(
                QuicSetup.serverBootstrap(peers, Echo::new, transport)
                        .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ZERO),
                1);
        return new UdpRelay(place(peers));
    }

    private static InetSocketAddress place(Peers peers) {
        return (InetSocketAddress) peers.server().localAddress().paths().get(0).remote();
    }

    private static ChannelFuture connect(Peers peers, UdpRelay relay, SubflowTransport transport, Recorder client) {
        return QuicSetup.clientBootstrap(peers, client, transport).connect(MultipathAddress.of(relay.address()));
    }

    private static void echo(Recorder client) {
        long before = client.receivedBytes();
        client.send(BYTES, BYTES);
        client.awaitReceived(before + BYTES);
    }

    /** So that both ends remember each other. */
    private static void meet(Peers peers, UdpRelay relay, SubflowTransport transport) throws Exception {
        Recorder client = new Recorder();
        connect(peers, relay, transport, client).sync();
        echo(client);
        client.channel().close().sync();
        eventually().until(() -> peers.server().sessionCount() == 0 && peers.clientSubflows.isEmpty());
    }

    /** The server's answer is there before it has got anything but the client's first flight. */
    @ParameterizedTest
    @EnumSource(
            value = TestTransport.class,
            names = {"NIO", "EPOLL"})
    void shouldBeAnsweredARoundTripEarlier(TestTransport kind) throws Exception {
        try (Peers peers = new Peers(kind);
                UdpRelay relay = listen(peers, server(true))) {
            SubflowTransport transport = client(true);
            meet(peers, relay, transport);
            relay.hold();
            Recorder client = new Recorder();
            connect(peers, relay, transport, client).sync();
            assertThat(relay.hasEarlyData()).isTrue();
            eventually().until(() -> relay.held() > 0);

            relay.release();
            echo(client);
            client.channel().close().sync();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** Neither end does so by itself. */
    @Test
    void shouldWaitForTheHandshakeIfEarlyDataAreNotAllowed() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                UdpRelay relay = listen(peers, server(true))) {
            SubflowTransport transport = client(false);
            meet(peers, relay, transport);
            relay.hold();
            Recorder client = new Recorder();
            ChannelFuture connecting = connect(peers, relay, transport, client);
            eventually().until(() -> relay.held() > 0);
            assertThat(connecting.await(200, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(relay.hasEarlyData()).isFalse();

            relay.release();
            connecting.sync();
            echo(client);
        }
    }

    /** It has forgotten the client, and takes none any more: then its request comes behind the handshake. */
    @Test
    void shouldGetThroughWhereTheServerTakesNoEarlyData() throws Exception {
        SubflowTransport transport = client(true);
        try (Peers before = new Peers(TestTransport.EPOLL);
                UdpRelay relay = listen(before, server(true))) {
            meet(before, relay, transport);
            try (Peers peers = new Peers(TestTransport.EPOLL)) {
                peers.listen(QuicSetup.serverBootstrap(peers, Echo::new, server(false)), 1);
                relay.to(place(peers));
                Recorder client = new Recorder();
                connect(peers, relay, transport, client).sync();
                echo(client);
                client.assertIntact();
            }
        }
    }

    /** The session that is there does not notice, and what the server may have made for nobody is gone soon. */
    @Test
    void shouldSufferNoHarmFromAFlightThatIsReplayed() throws Exception {
        QuicOptions impatient = QuicOptions.DEFAULT.withIdleTimeout(Duration.ofSeconds(5));
        try (Peers peers = new Peers(TestTransport.EPOLL);
                UdpRelay relay = listen(peers, server(true).withOptions(impatient))) {
            SubflowTransport transport = client(true);
            meet(peers, relay, transport);
            relay.hold();
            Recorder client = new Recorder();
            connect(peers, relay, transport, client).sync();
            relay.release();
            echo(client);

            relay.replay();
            echo(client);
            assertThat(peers.server().sessionCount()).isOne();
            client.channel().close().sync();
            eventually().until(() -> peers.server().sessionCount() == 0);

            int answers = relay.answers();
            relay.replay();
            eventually().until(() -> relay.answers() > answers);
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
        }
    }
}
