package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.session.MultipathException;
import dev.multipath.transport.mptcp.Mptcp;
import dev.multipath.transport.mptcp.MptcpMode;
import dev.multipath.transport.mptcp.MptcpTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions whose subflows are connections of the kernel's MPTCP, in both profiles. */
class MptcpSessionTest {

    private static final long BULK_BYTES = 3_000_000;

    @BeforeEach
    void haveMptcp() {
        assumeTrue(Mptcp.isAvailable(), () -> "no MPTCP: " + Mptcp.unavailability());
    }

    private static Recorder connect(Peers peers, boolean extended) throws Exception {
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                new MptcpTransport(MptcpMode.REQUIRED).withInitializer(peers.serverSubflows::add)),
                2);
        Recorder client = new Recorder();
        peers.connect(peers.clientBootstrap(client)
                .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        new MptcpTransport(MptcpMode.REQUIRED).withInitializer(peers.clientSubflows::add)));
        return client;
    }

    private static List<Channel> connections(ChannelGroup group) {
        return group.stream()
                .filter(Channel::isActive)
                .filter(c -> !(c instanceof ServerChannel))
                .toList();
    }

    private static void assertMptcp(Channel subflow) {
        assertThat(subflow.eventLoop()
                        .submit(() -> Mptcp.isMptcp(subflow))
                        .syncUninterruptibly()
                        .getNow())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryASession(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            Recorder client = connect(peers, extended);
            client.send(BULK_BYTES, 50_000);
            client.awaitReceived(BULK_BYTES);
            Recorder server = peers.accepted();
            assertThat(connections(peers.clientSubflows)).hasSize(2).allSatisfy(MptcpSessionTest::assertMptcp);
            assertThat(connections(peers.serverSubflows)).hasSize(2).allSatisfy(subflow -> {
                assertMptcp(subflow);
                assertThat(subflow.eventLoop()).isSameAs(server.channel().eventLoop());
            });
            client.channel().close().sync();
            server.awaitInactive();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnWhenASubflowIsCut(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            Recorder client = connect(peers, extended);
            client.send(BULK_BYTES, 50_000);
            Peers.reset(client.firstSubflow());
            client.awaitReceived(BULK_BYTES);
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** In the base profile the only word for it is a reset, which the kernel has in MPTCP too. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotLookWholeWhenItIsCut(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            Recorder client = connect(peers, extended);
            client.send(1000, 1000);
            client.awaitReceived(1000);
            Recorder server = peers.accepted();
            client.session().config().setOption(ChannelOption.SO_LINGER, 0);
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
        }
    }
}
