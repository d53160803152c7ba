package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import dev.multipath.codec.ResetFrame;
import dev.multipath.path.Path;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowAddresses;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What a transport decides on beyond its channels: how paths are named, and how subflows end. */
class OwnTransportTest {

    private static final InetSocketAddress NEAR = new InetSocketAddress("192.0.2.1", 1);
    private static final InetSocketAddress FAR = new InetSocketAddress("192.0.2.2", 2);

    private static final class Streams extends ChangedTransport {

        final Set<Channel> subflows = ConcurrentHashMap.newKeySet();
        final Set<Channel> cutOnClose = ConcurrentHashMap.newKeySet();
        final Set<Channel> ended = ConcurrentHashMap.newKeySet();
        final Map<Channel, Long> reset = new ConcurrentHashMap<>();

        @Override
        protected void initialize(Channel subflow) {
            subflows.add(subflow);
        }

        @Override
        public SubflowAddresses addresses(Channel subflow) {
            return new SubflowAddresses(NEAR, FAR);
        }

        @Override
        public void resetOnClose(Channel subflow, boolean cut) {
            if (cut) {
                cutOnClose.add(subflow);
            }
            super.resetOnClose(subflow, cut);
        }

        @Override
        public void end(Channel subflow) {
            ended.add(subflow);
            super.end(subflow);
        }

        @Override
        public void reset(Channel subflow, long code) {
            reset.put(subflow, code);
            super.reset(subflow, code);
        }
    }

    private final Streams atClient = new Streams();
    private final Streams atServer = new Streams();
    private final Recorder client = new Recorder();

    private MultipathChannel connect(Peers peers, boolean extended) throws Exception {
        peers.listen(
                peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.SUBFLOW_TRANSPORT, atServer),
                extended ? 2 : 1);
        return peers.connect(peers.clientBootstrap(client)
                .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, atClient));
    }

    @Test
    void shouldNamePathsAsTheTransportDoes() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathChannel session = connect(peers, true);
            MultipathChannel accepted = peers.accepted().session();
            assertThat(session.subflows())
                    .hasSize(2)
                    .allMatch(info -> info.local().equals(NEAR) && info.remote().equals(FAR));
            assertThatCollection(session.localAddress().paths())
                    .extracting(Path::remote)
                    .containsOnly(NEAR);
            assertThatCollection(accepted.remoteAddress().paths())
                    .extracting(Path::remote)
                    .containsOnly(FAR);
            assertThatCollection(accepted.subflows())
                    .extracting(SubflowInfo::path)
                    .allMatch(path -> path.label().startsWith(NEAR + "<-" + FAR));
        }
    }

    @Test
    void shouldEndSubflowsByTheTransport() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathChannel session = connect(peers, true);
            Recorder accepted = peers.accepted();
            session.close().sync();
            accepted.awaitInactive();
            eventually().untilAsserted(() -> {
                assertThat(atClient.ended).isEqualTo(atClient.subflows).hasSize(2);
                assertThat(atServer.ended).isEqualTo(atServer.subflows).hasSize(2);
            });
            assertThat(atClient.reset).isEmpty();
            assertThat(atServer.reset).isEmpty();
            assertThat(atClient.cutOnClose).isEmpty();
        }
    }

    @Test
    void shouldCutSubflowsByTheTransport() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathChannel session = connect(peers, false);
            assertThat(atClient.cutOnClose).isEqualTo(atClient.subflows).hasSize(1);
            session.abort(ResetFrame.FIRST_APPLICATION_CODE, "").sync();
            assertThat(atClient.reset.keySet()).isEqualTo(atClient.subflows);
            assertThat(atClient.reset.values()).containsOnly(ResetFrame.FIRST_APPLICATION_CODE);
            assertThat(atClient.ended).isEmpty();
        }
    }
}
