package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.session.SessionResetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An end whose event loops shut down tells its peer, who would wait for it to come back else. It has no time to see that it is
 * heard: a peer that is just sending may lose its last word. Not on io_uring, where nothing that is written while a loop ends
 * leaves any more; nor on local channels, which drop what their peer has not begun to read when they close.
 */
class GoingAwayTest {

    private static final int SESSIONS = 20;

    /** More than two ends hold between them while the reader does not read. */
    private static final long TOO_MUCH = 60_000_000;

    /** Who is not told waits for longer than these tests do. */
    private static final Duration NEVER = Waiting.PATIENCE.multipliedBy(2);

    private static Peers peers(TestTransport transport) throws InterruptedException {
        Peers peers = new Peers(transport);
        peers.listen(
                peers.serverBootstrap(Recorder::new).childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, NEVER), 2);
        return peers;
    }

    private static Recorder client(Peers peers) throws InterruptedException {
        Recorder client = new Recorder();
        peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.RESUMPTION_TIMEOUT, NEVER));
        return client;
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"IO_URING", "LOCAL"})
    void shouldTellTheServerWhenTheClientsGroupShutsDown(TestTransport transport) throws Exception {
        try (Peers peers = peers(transport)) {
            List<Recorder> clients = new ArrayList<>();
            List<Recorder> servers = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                clients.add(client(peers));
                servers.add(peers.accepted());
            }
            transport.shutDown(peers.clientGroup);
            assertMostAreTold(servers);
            // To their own applications it is no news.
            assertThat(clients)
                    .allSatisfy(client -> assertThat(client.exceptions()).isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"IO_URING", "LOCAL"})
    void shouldTellTheClientWhenTheServersSessionsShutDown(TestTransport transport) throws Exception {
        try (Peers peers = peers(transport)) {
            List<Recorder> clients = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                clients.add(client(peers));
                peers.accepted();
            }
            transport.shutDown(peers.sessionGroup);
            assertMostAreTold(clients);
        }
    }

    private static void assertMostAreTold(List<Recorder> peers) {
        eventually()
                .until(() ->
                        peers.stream().filter(GoingAwayTest::isToldToGoAway).count() > SESSIONS / 2);
        // Nobody takes it for the end of the stream, which its sender has not said.
        assertThat(peers).allSatisfy(peer -> assertThat(
                        peer.isInactive() && peer.exceptions().isEmpty())
                .isFalse());
    }

    private static boolean isToldToGoAway(Recorder peer) {
        return peer.isInactive()
                && peer.exceptions().stream()
                        .anyMatch(
                                e -> e instanceof SessionResetException reset && reset.code() == ResetFrame.GOING_AWAY);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotEndAStreamThatIsCutAsIfItWereWhole(TestTransport transport) throws Exception {
        try (Peers peers = peers(transport)) {
            Recorder client = client(peers);
            Recorder server = peers.accepted();
            server.channel().config().setAutoRead(false);
            client.send(TOO_MUCH, 50_000);
            eventually().until(() -> client.sentBytes() > 0 && !client.channel().isWritable());

            transport.shutDown(peers.clientGroup);
            eventually().until(() -> !client.channel().isOpen());
            server.channel().config().setAutoRead(true);

            eventually()
                    .until(() -> isToldToGoAway(server)
                            || server.session().subflows().isEmpty());
            server.assertIntact();
            assertThat(server.receivedBytes()).isLessThan(TOO_MUCH);
            assertThat(isToldToGoAway(server) || !server.isInactive()).isTrue();
        }
    }
}
