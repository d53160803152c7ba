package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.session.SessionResetException;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An end whose event loops shut down tells its peer, who would wait for it to come back else. */
class GoingAwayTest {

    /** On io_uring, what is written while a loop ends does not leave any more. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "IO_URING")
    void shouldTellTheServerWhenTheClientsGroupShutsDown(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 2);
            peers.connect();
            assertToldByShutdownOf(peers.clientGroup, peers.accepted());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "IO_URING")
    void shouldTellTheClientWhenTheServersSessionsShutDown(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            peers.accepted();
            assertToldByShutdownOf(peers.sessionGroup, client);
        }
    }

    private static void assertToldByShutdownOf(EventLoopGroup group, Recorder peer) {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        // Sooner than the session's time to come back, which is as long as the patience of this test.
        eventually().until(peer::isInactive);
        assertThat(peer.exceptions())
                .singleElement()
                .isInstanceOfSatisfying(
                        SessionResetException.class, e -> assertThat(e.code()).isEqualTo(ResetFrame.GOING_AWAY));
    }
}
