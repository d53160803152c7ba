package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ResetFrame;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.session.SessionResetException;
import dev.multipath.testing.Requirement;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** An application names the sessions of its server, well or badly. */
class ConnectionIdGeneratorTest {

    private static final ConnectionId A = new ConnectionId(7, 1);
    private static final ConnectionId B = new ConnectionId(7, 2);
    private static final ConnectionId C = new ConnectionId(7, 3);

    private static final int FIN = 5;

    /** That everything below frame 11 has arrived; FIN is frame 10. */
    private static final byte[] ACK_OF_FIN = RawExtendedPeer.frame(3, new byte[] {11, (byte) 0x80, 1, 0, 0, 0, 0, 0});

    private final Peers peers = new Peers(TestTransport.NIO);
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void tearDown() {
        peers.close();
    }

    private void listen(ConnectionIdGenerator generator) throws InterruptedException {
        peers.listen(
                peers.serverBootstrap(Echo::new).option(MultipathChannelOption.CONNECTION_ID_GENERATOR, () -> {
                    asked.incrementAndGet();
                    return generator.nextId();
                }),
                1);
    }

    private ConnectionId connectAndEcho() throws InterruptedException {
        Recorder client = peers.connect();
        client.send(1000, 1000);
        client.awaitReceived(1000);
        return peers.accepted().session().accepted().connectionId();
    }

    private SessionResetException connectInVain() throws InterruptedException {
        ChannelFuture refused =
                peers.clientBootstrap(new Recorder()).connect(peers.server().localAddress());
        assertThat(refused.await(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .isTrue();
        assertThat(refused.cause()).isInstanceOf(AllPathsFailedException.class);
        return (SessionResetException) refused.cause().getSuppressed()[0].getCause();
    }

    private static ConnectionIdGenerator drawing(ConnectionId... ids) {
        Iterator<ConnectionId> drawn = List.of(ids).iterator();
        return drawn::next;
    }

    @Test
    void shouldNameSessionsAsTheGeneratorDoes() throws Exception {
        listen(drawing(A, B));
        assertThat(connectAndEcho()).isEqualTo(A);
        assertThat(connectAndEcho()).isEqualTo(B);
    }

    @Requirement("NAME-3")
    @Test
    void shouldDrawAgainWhenANameIsInUse() throws Exception {
        listen(drawing(A, A, A, B));
        assertThat(connectAndEcho()).isEqualTo(A);
        assertThat(connectAndEcho()).isEqualTo(B);
        assertThat(peers.server().sessionCount()).isEqualTo(2);
    }

    @Requirement({"NAME-1", "NAME-2"})
    @Test
    void shouldNameSessionsSoThatABalancerFindsTheirServer() throws Exception {
        ServerId serverId = ServerId.parse("2a01");
        ServerIdEncoding encoding = ServerIdEncoding.masked(OpaqueBytes.of(new byte[32]));
        listen(ConnectionIdGenerator.routable(serverId, encoding));
        Set<ConnectionId> names = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            ConnectionId name = connectAndEcho();
            assertThat(encoding.read(name, 2)).isEqualTo(serverId);
            assertThat(name.mostSignificantBits() >>> 12 & 0xf).isEqualTo(4);
            names.add(name);
        }
        assertThat(names).hasSize(20);
    }

    /** By the bits that are left: those that a name of its own has beside the server id and the version of a UUID. */
    @Requirement("NAME-2")
    @ParameterizedTest
    @CsvSource({"00,114", "0000,106", "000000,98", "00000000,90"})
    void shouldDrawEachBitThatIsLeft(String serverId, int expectedBits) {
        ConnectionIdGenerator generator =
                ConnectionIdGenerator.routable(ServerId.parse(serverId), ServerIdEncoding.PLAIN);
        Set<ConnectionId> names = new HashSet<>();
        ConnectionId ones = ConnectionId.ZERO;
        ConnectionId zeros = ConnectionId.ZERO;
        // A bit that is drawn is the same in all of 100,000 names about never: 2^-99999.
        for (int i = 0; i < 100_000; i++) {
            ConnectionId name = generator.nextId();
            names.add(name);
            ones = new ConnectionId(
                    ones.mostSignificantBits() | name.mostSignificantBits(),
                    ones.leastSignificantBits() | name.leastSignificantBits());
            zeros = new ConnectionId(
                    zeros.mostSignificantBits() | ~name.mostSignificantBits(),
                    zeros.leastSignificantBits() | ~name.leastSignificantBits());
        }

        assertThat(names).hasSize(100_000);
        assertThat(Long.bitCount(ones.mostSignificantBits() & zeros.mostSignificantBits())
                        + Long.bitCount(ones.leastSignificantBits() & zeros.leastSignificantBits()))
                .isEqualTo(expectedBits);
    }

    /** Its client may come back for the last word. */
    @Requirement("NAME-3")
    @Test
    void shouldDrawAgainWhenAFinishedSessionHadTheName() throws Exception {
        listen(drawing(A, A, B));
        try (RawPeer peer =
                new RawPeer(peers.server().localAddress().paths().get(0).remote())) {
            RawExtendedPeer client = new RawExtendedPeer(peer);
            assertThat(client.greet()).isEqualTo(A);
            client.learnKey();
            client.sendHello();
            Recorder session = peers.accepted();
            session.awaitCount(SubflowEvent.Kind.ADDED, 1);
            // The client has its end, but not said so when it is gone: it has to be told if it comes back.
            session.channel().close();
            client.readFrame(FIN);
            client.raw().send(ACK_OF_FIN);
            session.awaitInactive();
        }
        eventually().until(() -> peers.server().sessionCount() == 0);
        assertThat(peers.server().registry().finished().isTaken(A)).isTrue();

        assertThat(connectAndEcho()).isEqualTo(B);
    }

    /** What a generator does wrong at first. */
    private enum Fault {
        NULL(n -> null),
        ZERO(n -> ConnectionId.ZERO),
        RESERVED(n -> SessionNames.NO_SESSION),
        REPEATED(n -> A),
        THROWS(n -> {
            throw new IllegalStateException("no name");
        });

        final Function<Integer, ConnectionId> drawn;

        Fault(Function<Integer, ConnectionId> drawn) {
            this.drawn = drawn;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseOnlyTheSessionThatGetsNoName(Fault fault) throws Exception {
        AtomicInteger broken = new AtomicInteger();
        listen(() -> broken.get() == 1 ? fault.drawn.apply(0) : broken.get() == 0 ? A : B);
        Recorder first = peers.connect();
        asked.set(0);
        broken.set(1);

        SessionResetException refusal = connectInVain();

        assertThat(refusal.code()).isEqualTo(ResetFrame.GOING_AWAY);
        assertThat(refusal.reason()).isEqualTo("no name for another session");
        assertThat(asked).hasValue(fault == Fault.THROWS ? 1 : SessionNames.MAX_ATTEMPTS);
        assertThat(peers.server().sessionCount()).isEqualTo(1);
        // Who may not know that word is closed.
        try (RawPeer base =
                new RawPeer(peers.server().localAddress().paths().get(0).remote())) {
            base.send(RawPeer.preface(ConnectionId.ZERO)).send(RawPeer.PONG);
            base.awaitClosed();
        }
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 0);

        broken.set(2);
        assertThat(peers.accepted().session().accepted().connectionId()).isEqualTo(A);
        assertThat(connectAndEcho()).isEqualTo(B);
        first.send(1000, 1000);
        first.awaitReceived(1000);
    }

    /** No exception, and nothing that a server could go on after as if nothing were; but still one connection's affair. */
    @Test
    void shouldCloseOnlyThatConnectionWhenTheGeneratorEndsInAnError() throws Exception {
        AtomicInteger broken = new AtomicInteger(1);
        listen(() -> {
            if (broken.get() == 1) {
                throw new NoClassDefFoundError("no name");
            }
            return C;
        });
        try (RawPeer peer =
                new RawPeer(peers.server().localAddress().paths().get(0).remote())) {
            peer.send(RawPeer.preface(ConnectionId.ZERO)).awaitClosed();
        }
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 0);
        broken.set(0);
        assertThat(connectAndEcho()).isEqualTo(C);
    }

    @Test
    void shouldBeAnOptionOfAnAcceptorAndNotNull() {
        MultipathAcceptor.Builder builder = MultipathAcceptor.builder(new Echo());
        assertThatThrownBy(() -> builder.option(MultipathChannelOption.CONNECTION_ID_GENERATOR, null))
                .isInstanceOf(NullPointerException.class);
        try (MultipathAcceptor acceptor = builder.option(MultipathChannelOption.CONNECTION_ID_GENERATOR, () -> A)
                .build()) {
            SubflowConnection first =
                    new SubflowConnection(new EmbeddedChannel(), acceptor.host().transport());
            AcceptedSession opened = acceptor.host().openSession(first).session();
            assertThat(opened.connectionId()).isEqualTo(A);
            assertThat(acceptor.host().openSession(first).shortage()).isEqualTo(Shortage.NAMES);
            opened.channel().unsafe().closeForcibly();
        }
    }
}
