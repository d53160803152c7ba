package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.session.SessionResetException;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An end whose event loops shut down tells its peer, who would wait for it to come back else. Not on io_uring, where nothing
 * that is written while a loop ends leaves any more. With data on their way not on local channels either: Netty's drop what
 * their peer has not begun to read when they close.
 */
class GoingAwayTest {

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
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "IO_URING")
    void shouldTellTheServerWhenTheClientsGroupShutsDown(TestTransport transport) throws Exception {
        try (Peers peers = peers(transport)) {
            client(peers);
            assertTold(peers.clientGroup, peers.accepted());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "IO_URING")
    void shouldTellTheClientWhenTheServersSessionsShutDown(TestTransport transport) throws Exception {
        try (Peers peers = peers(transport)) {
            Recorder client = client(peers);
            peers.accepted();
            assertTold(peers.sessionGroup, client);
        }
    }

    /** Nothing is missing, so the end of the stream may have come before the word that its sender has gone. */
    private static void assertTold(EventLoopGroup group, Recorder peer) {
        shutDown(group);
        eventually().until(peer::isInactive);
        assertThat(peer.exceptions()).allSatisfy(GoingAwayTest::assertGoingAway);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"IO_URING", "LOCAL"})
    void shouldNotEndAStreamThatIsCutAsIfItWereWhole(TestTransport transport) throws Exception {
        try (Peers peers = peers(transport)) {
            Recorder client = client(peers);
            Recorder server = peers.accepted();
            server.channel().config().setAutoRead(false);
            client.send(TOO_MUCH, 50_000);
            eventually().until(() -> client.sentBytes() > 0 && !client.channel().isWritable());

            shutDown(peers.clientGroup);
            eventually().until(() -> !client.channel().isOpen());
            server.channel().config().setAutoRead(true);

            server.awaitInactive();
            assertThat(server.receivedBytes()).isLessThan(TOO_MUCH);
            assertThat(server.exceptions()).singleElement().satisfies(GoingAwayTest::assertGoingAway);
        }
    }

    private static void shutDown(EventLoopGroup group) {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
    }

    private static void assertGoingAway(Throwable exception) {
        assertThat(exception).isInstanceOfSatisfying(SessionResetException.class, e -> assertThat(e.code())
                .isEqualTo(ResetFrame.GOING_AWAY));
    }
}
