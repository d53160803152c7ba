package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionResetException;
import dev.multipath.testing.Requirement;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.nio.channels.NotYetBoundException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server ends, and cuts nothing short that ends in time. */
class DrainTest {

    private static final Duration LONG = Duration.ofHours(1);

    private static final String REASON = "the server is closing";

    /** Also remembers that its peer is going away. */
    private static final class Told extends Recorder {
        final List<Object> sessionEvents = new CopyOnWriteArrayList<>();

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            super.userEventTriggered(ctx, event);
            if (event instanceof MultipathSessionEvent) {
                sessionEvents.add(event);
            }
        }

        void awaitGoingAway() {
            eventually().until(() -> sessionEvents.contains(MultipathSessionEvent.GOING_AWAY));
            assertThat(sessionEvents).containsExactly(MultipathSessionEvent.GOING_AWAY);
        }
    }

    private static Told connect(Peers peers) throws InterruptedException {
        Told client = new Told();
        peers.connect(peers.clientBootstrap(client));
        return client;
    }

    private static Throwable connectInVain(Peers peers) throws InterruptedException {
        ChannelFuture refused = peers.clientBootstrap(new Recorder())
                .connect(peers.server().localAddress())
                .await();
        assertThat(refused.cause()).isInstanceOf(AllPathsFailedException.class);
        return refused.cause().getSuppressed()[0].getCause();
    }

    private static void assertReset(Recorder end) {
        assertThat(end.exceptions()).singleElement().isInstanceOfSatisfying(SessionResetException.class, reset -> {
            assertThat(reset.code()).isEqualTo(ResetFrame.GOING_AWAY);
            assertThat(reset.reason()).isEqualTo(REASON);
        });
    }

    @Requirement("AWAY-1")
    @ParameterizedTest
    @EnumSource
    void shouldWaitForItsSessions(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Echo::new, 2);
            Told client = connect(peers);
            Recorder accepted = peers.accepted();
            MultipathAddress bound = peers.server().localAddress();

            Future<Integer> drained = peers.server().drain(LONG, path -> false);

            client.awaitGoingAway();
            assertThat(connectInVain(peers)).isInstanceOf(ConnectException.class);
            assertThat(peers.server().localAddress()).isEqualTo(bound);
            assertThat(peers.server().isActive()).isTrue();
            client.send(1_000_000, 10_000);
            client.awaitReceived(1_000_000);
            assertThat(drained.isDone()).isFalse();
            client.channel().close().sync();
            assertThat(drained.sync().getNow()).isZero();
            assertThat(peers.server().isOpen()).isFalse();
            accepted.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
            assertThat(accepted.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    /** It could not know that it comes late, and nobody else has its connection. */
    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void shouldGiveWhoCameBeforeItsSession(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 1);
            try (RawExtendedPeer early = new RawExtendedPeer(
                    peers.server().localAddress().paths().get(0).remote())) {
                Future<Integer> drained = peers.server().drain(LONG, path -> false);
                eventually().until(() -> peers.server().registry().isDraining());
                assertThat(drained.isDone()).isFalse();

                assertThat(early.greet()).isNotEqualTo(ConnectionId.ZERO);
                early.learnKey();
                early.sendHello();
                Recorder accepted = peers.accepted();
                accepted.awaitCount(SubflowEvent.Kind.ADDED, 1);
                assertThat(drained.isDone()).isFalse();
                accepted.session().abort(300, "enough");
                assertThat(drained.sync().getNow()).isZero();
            }
        }
    }

    /** More than Netty accepts in one turn. */
    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void shouldAcceptAllThatWaitBeforeItLeaves(TestTransport transport) throws Exception {
        int clients = 100;
        try (Peers peers = new Peers(transport)) {
            peers.listen(Echo::new, 1);
            List<RawPeer> waiting = new ArrayList<>();
            CompletableFuture<Void> connected = new CompletableFuture<>();
            // The listener's loop is busy while they come.
            peers.server().eventLoop().execute(connected::join);
            for (int i = 0; i < clients; i++) {
                waiting.add(
                        new RawPeer(peers.server().localAddress().paths().get(0).remote()));
            }
            Future<Integer> drained = peers.server().drain(LONG, path -> false);
            connected.complete(null);
            for (RawPeer peer : waiting) {
                peer.greet(ConnectionId.ZERO);
                peer.close();
            }
            assertThat(drained.sync().getNow()).isZero();
        }
    }

    @Requirement("AWAY-1")
    @ParameterizedTest
    @EnumSource
    void shouldLetSubflowsJoinOverListenersThatStay(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Echo::new, 2);
            Told client = connect(peers);
            Path left = peers.server().localAddress().paths().get(0);
            Path stayed = peers.server().localAddress().paths().get(1);
            Future<Integer> drained = peers.server().drain(LONG, path -> path.equals(stayed));
            client.awaitGoingAway();
            assertThat(peers.server().localAddress().paths()).containsExactly(stayed);

            // Over what it left the subflow lives on.
            assertThat(client.session().subflows())
                    .extracting(info -> info.path().remote())
                    .containsExactlyInAnyOrder(left.remote(), stayed.remote());
            client.session().addPath(Path.of("another", stayed.remote())).sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
            assertThat(connectInVain(peers)).isInstanceOfSatisfying(SessionResetException.class, refusal -> {
                assertThat(refusal.code()).isEqualTo(ResetFrame.GOING_AWAY);
                assertThat(refusal.reason()).isEqualTo(REASON);
            });
            client.send(1_000_000, 10_000);
            client.awaitReceived(1_000_000);
            client.channel().close().sync();
            assertThat(drained.sync().getNow()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndWhatIsLeftAtTheDeadline(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Echo::new, 2);
            Told one = connect(peers);
            Recorder accepted = peers.accepted();
            Told other = connect(peers);

            assertThat(peers.server()
                            .drain(Duration.ofMillis(50), path -> true)
                            .sync()
                            .getNow())
                    .isEqualTo(2);

            assertThat(peers.server().isOpen()).isFalse();
            one.awaitInactive();
            other.awaitInactive();
            assertReset(one);
            assertReset(other);
            assertReset(accepted);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldEndASessionThatNobodyHasTakenAtTheDeadline() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            ServerBootstrap bootstrap = peers.serverBootstrap(Recorder::new).option(ChannelOption.AUTO_READ, false);
            peers.listen(bootstrap, 1);
            ChannelFuture connecting =
                    peers.clientBootstrap(new Recorder()).connect(peers.server().localAddress());
            eventually().until(() -> peers.server().sessionCount() == 1);

            assertThat(peers.server().drain(Duration.ZERO, path -> true).sync().getNow())
                    .isOne();

            assertThat(connecting.await().isSuccess()).isFalse();
        }
    }

    /** Its client has no word for it. */
    @Test
    void shouldWaitForSessionsOfTheBaseProfile() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 1);
            Told client = connectInBaseProfile(peers);
            Future<Integer> drained = peers.server().drain(LONG, path -> true);
            client.send(1000, 1000);
            client.awaitReceived(1000);
            assertThat(drained.isDone()).isFalse();

            client.channel().close().sync();
            assertThat(drained.sync().getNow()).isZero();
            assertThat(client.exceptions()).isEmpty();
            assertThat(client.sessionEvents).isEmpty();
        }
    }

    @Test
    void shouldResetSessionsOfTheBaseProfileAtTheDeadline() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 1);
            Told client = connectInBaseProfile(peers);

            assertThat(peers.server().drain(Duration.ZERO, path -> true).sync().getNow())
                    .isOne();

            client.awaitInactive();
            assertThat(client.exceptions()).isNotEmpty();
        }
    }

    private static Told connectInBaseProfile(Peers peers) throws InterruptedException {
        Told client = new Told();
        peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, false));
        assertThat(client.session().snapshot().profile()).isEqualTo(Profile.BASE);
        return client;
    }

    @Test
    void shouldEndAtOnceWithoutSessions() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            assertThat(peers.server().drain(LONG, path -> true).sync().getNow()).isZero();
            assertThat(peers.server().isOpen()).isFalse();
        }
    }

    @Test
    void shouldNotBeginTwiceNorBeforeTheBind() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel unbound = new MultipathServerChannel();
            peers.listenerGroup.register(unbound).sync();
            assertThat(unbound.drain(LONG, path -> true).await().cause()).isInstanceOf(NotYetBoundException.class);
            unbound.close().sync();
            peers.listen(Echo::new, 1);
            Told client = connect(peers);
            Future<Integer> first = peers.server().drain(LONG, path -> true);
            assertThat(peers.server().drain(LONG, path -> true).await().cause())
                    .isInstanceOf(IllegalStateException.class);

            client.awaitGoingAway();
            client.channel().close().sync();
            assertThat(first.sync().getNow()).isZero();
        }
    }
}
