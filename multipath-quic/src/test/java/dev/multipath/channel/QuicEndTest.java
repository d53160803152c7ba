package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.path.MultipathAddress;
import dev.multipath.quic.Cuts;
import dev.multipath.quic.QuicOptions;
import dev.multipath.quic.QuicSubflowException;
import dev.multipath.session.MultipathException;
import dev.multipath.testing.OneIn;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is an end in order over QUIC, and what is not: in both profiles, and at either end. */
class QuicEndTest {

    /** An error code of the peer's own. */
    private static final int STOPPED = 500;

    static List<Arguments> cuts() {
        List<Arguments> all = new ArrayList<>();
        for (Cuts cut : Cuts.values()) {
            for (boolean atClient : new boolean[] {true, false}) {
                for (boolean extended : new boolean[] {true, false}) {
                    all.add(Arguments.of(cut, atClient, extended));
                }
            }
        }
        return all;
    }

    @OneIn(2)
    @ParameterizedTest(name = "{0}, at client {1}, extended {2}")
    @MethodSource("cuts")
    void shouldNotTakeACutForAnEnd(Cuts cut, boolean atClient, boolean extended) throws Exception {
        // Soon, where nobody says anything.
        QuicOptions options = QuicOptions.DEFAULT.withIdleTimeout(Duration.ofSeconds(2));
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(
                            peers, Recorder::new, QuicSetup.server().withOptions(options)),
                    1);
            Recorder client = new Recorder();
            peers.connect(
                    QuicSetup.clientBootstrap(peers, client, QuicSetup.client().withOptions(options))
                            .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                            .option(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofSeconds(1)));
            Recorder server = peers.accepted();
            client.send(1000, 1000);
            server.send(1000, 1000);
            client.awaitReceived(1000);
            server.awaitReceived(1000);
            // Nobody comes back, and nobody else is there.
            Channel subflow = (atClient ? client : server).firstSubflow();
            Recorder cutOff = atClient ? server : client;
            peers.server().config().setAutoRead(false);
            cut.cut(subflow);
            cutOff.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            assertThat(cutOff.events(SubflowEvent.Kind.REMOVED).get(0).cause()).isNotNull();
            if (!extended) {
                cutOff.awaitInactive();
                assertThat(cutOff.exceptions()).first().isInstanceOf(MultipathException.class);
            }
            if (cut == Cuts.CODE) {
                assertThat(cutOff.events(SubflowEvent.Kind.REMOVED).get(0).cause())
                        .isInstanceOf(QuicSubflowException.class)
                        .extracting(cause -> ((QuicSubflowException) cause).code())
                        .isEqualTo(300L);
            }
        }
    }

    /** Whatever crosses on the way, and whichever end it is. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndWithoutExceptionWhenEitherEndCloses(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server()), 2);
            for (int i = 0; i < 10; i++) {
                Recorder client = new Recorder();
                peers.connect(QuicSetup.clientBootstrap(peers, client, QuicSetup.client())
                        .option(MultipathChannelOption.EXTENDED_PROFILE, extended));
                Recorder server = peers.accepted();
                Recorder closing = i % 2 == 0 ? client : server;
                Recorder other = i % 2 == 0 ? server : client;
                closing.send(300_000, 1_000);
                closing.awaitSent(300_000);
                closing.channel().close().sync();
                other.awaitInactive();
                assertThat(other.receivedBytes()).isEqualTo(300_000);
                assertThat(server.exceptions()).isEmpty();
                assertThat(client.exceptions()).isEmpty();
            }
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldEndOneDirection() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server())
                            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true),
                    2);
            Recorder client = new Recorder();
            MultipathChannel session = peers.connect(QuicSetup.clientBootstrap(peers, client, QuicSetup.client()));
            Recorder server = peers.accepted();
            client.send(1_000_000, 10_000);
            client.awaitSent(1_000_000);
            session.shutdownOutput().sync();
            server.awaitReceived(1_000_000);
            eventually().until(() -> ((DuplexChannel) server.channel()).isInputShutdown());
            server.send(1_000_000, 10_000);
            client.awaitReceived(1_000_000);
            server.channel().close().sync();
            client.awaitInactive();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    /** To a base peer too, which over TCP would only see a reset. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellWhyASessionIsAborted(boolean extended) throws Exception {
        long code = ResetFrame.FIRST_APPLICATION_CODE + 44;
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server()), 1);
            Recorder client = new Recorder();
            MultipathChannel session = peers.connect(QuicSetup.clientBootstrap(peers, client, QuicSetup.client())
                    .option(MultipathChannelOption.EXTENDED_PROFILE, extended));
            Recorder server = peers.accepted();
            client.send(1000, 1000);
            server.awaitReceived(1000);
            session.abort(code, "enough").sync();
            server.awaitInactive();
            assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            if (!extended) {
                assertThat(codeOf(server)).isEqualTo(code);
            }
            peers.awaitNothingLeft();
        }
    }

    /** A close does not leave where the congestion window is full: the peer would know by the idle timeout only. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellOfAnAbortWithAFullWindow(boolean atClient) throws Exception {
        long code = ResetFrame.FIRST_APPLICATION_CODE + 44;
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server()), 1);
            Recorder client = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(peers, client, QuicSetup.client())
                    .option(MultipathChannelOption.EXTENDED_PROFILE, false));
            Recorder server = peers.accepted();
            Recorder aborted = atClient ? client : server;
            Recorder told = atClient ? server : client;
            Channel subflow = aborted.firstSubflow();
            aborted.send(1_000_000_000, 100_000);
            Callable<Boolean> abortIfFull = () -> {
                boolean isFull = Cuts.roomBytes(subflow) == 0;
                if (isFull) {
                    aborted.session().abort(code, "enough");
                }
                return isFull;
            };
            eventually().until(() -> subflow.eventLoop().submit(abortIfFull).get());
            told.awaitInactive();
            assertThat(codeOf(told)).isEqualTo(code);
            peers.awaitNothingLeft();
        }
    }

    /** Of one packet that says it, the network may lose each. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellOfAnAbortThatIsLost(boolean atClient) throws Exception {
        long code = ResetFrame.FIRST_APPLICATION_CODE + 44;
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            MultipathServerChannel listener =
                    peers.listen(QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server()), 1);
            SocketAddress place = listener.localAddress().paths().get(0).remote();
            try (UdpRelay relay = new UdpRelay((InetSocketAddress) place)) {
                Recorder client = new Recorder();
                QuicSetup.clientBootstrap(peers, client, QuicSetup.client())
                        .option(MultipathChannelOption.EXTENDED_PROFILE, false)
                        .connect(MultipathAddress.of(relay.address()))
                        .sync();
                Recorder server = peers.accepted();
                Recorder aborted = atClient ? client : server;
                Recorder told = atClient ? server : client;
                relay.lose(true);
                aborted.session().abort(code, "enough").sync();
                eventually().until(() -> relay.lost() > 1);
                relay.lose(false);
                told.awaitInactive();
                assertThat(codeOf(told)).isEqualTo(code);
                peers.awaitNothingLeft();
            }
        }
    }

    /** STOP_SENDING: what is written then never leaves, so it was not all delivered. */
    @Test
    void shouldFailWhenThePeerWantsNoMore() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server()), 1);
            InetSocketAddress place = (InetSocketAddress)
                    peers.server().localAddress().paths().get(0).remote();
            try (QuicHoarder stranger = new QuicHoarder(place)) {
                QuicStreamChannel stream = stranger.openBase();
                Recorder server = peers.accepted();
                stream.shutdownInput(STOPPED).sync();
                server.send(1_000_000, 1000);
                server.awaitInactive();
                assertThat(server.exceptions()).first().isInstanceOf(MultipathException.class);
            }
            peers.awaitNothingLeft();
        }
    }

    /** Why a base session ended. */
    private static long codeOf(Recorder told) {
        return ((QuicSubflowException) told.exceptions().get(0).getCause()).code();
    }
}
