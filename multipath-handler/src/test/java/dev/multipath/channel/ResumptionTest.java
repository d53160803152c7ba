package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.session.MultipathException;
import dev.multipath.session.ResumptionTimeoutException;
import dev.multipath.session.UnknownSessionException;
import dev.multipath.testing.OneIn;
import dev.multipath.testing.Requirement;
import dev.multipath.transport.ChangedTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.BindException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A session outlives all of its subflows, for a time. */
class ResumptionTest {

    private static final class Resuming extends Recorder {
        final List<Object> sessionEvents = new CopyOnWriteArrayList<>();

        void awaitSessionEvents(int count) {
            eventually().until(() -> sessionEvents.size() >= count);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            super.userEventTriggered(ctx, event);
            if (event instanceof MultipathSessionEvent) {
                sessionEvents.add(event);
            }
        }
    }

    private static void cutAll(Peers peers) {
        List.copyOf(peers.clientSubflows).forEach(Channel::close);
    }

    /** A client's network: while it is down, no attempt becomes ready. */
    private static final class Network extends ChangedTransport {
        private final Promise<Void> never = GlobalEventExecutor.INSTANCE.newPromise();
        private volatile boolean down;

        @Override
        protected Future<?> whenReady(Channel subflow) {
            return down ? never : super.whenReady(subflow);
        }
    }

    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @EnumSource
    void shouldGoOnByteForByteAfterTheLossOfAllSubflows(TestTransport transport) throws Exception {
        int outages = 3;
        long bytes = 6_000_000;
        Network network = new Network();
        try (Peers peers = new Peers(transport)) {
            peers.listen(Resuming::new, 2);
            Resuming client = new Resuming();
            peers.connect(peers.clientBootstrap(client)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            network.withInitializer(peers.clientSubflows::add)));
            Resuming server = (Resuming) peers.accepted();
            for (int i = 1; i <= outages; i++) {
                client.send(bytes / outages, 50_000);
                server.send(bytes / outages, 50_000);
                long half = bytes / outages * i - bytes / outages / 2;
                eventually().until(() -> client.receivedBytes() >= half && server.receivedBytes() >= half);
                // Until both have noticed: else a new subflow may be there before the last of the old ones is gone.
                network.down = true;
                cutAll(peers);
                client.awaitSessionEvents(2 * i - 1);
                server.awaitSessionEvents(2 * i - 1);
                network.down = false;
                client.awaitSessionEvents(2 * i);
                server.awaitSessionEvents(2 * i);
            }
            client.awaitReceived(bytes);
            server.awaitReceived(bytes);
            List<Object> expected = Stream.generate(
                            () -> List.of(MultipathSessionEvent.SUSPENDED, MultipathSessionEvent.RESUMED))
                    .limit(outages)
                    .<Object>flatMap(List::stream)
                    .toList();
            assertThat(client.sessionEvents).isEqualTo(expected);
            assertThat(server.sessionEvents).isEqualTo(expected);
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    /** They are made of the subflows; while there is none, those of the last hold. */
    @Test
    void shouldKnowItsAddressesDuringAnOutage() throws Exception {
        Network network = new Network();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Resuming::new, 1);
            Resuming client = new Resuming();
            peers.connect(peers.clientBootstrap(client)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            network.withInitializer(peers.clientSubflows::add)));
            Resuming server = (Resuming) peers.accepted();
            List<SocketAddress> before = addresses(client, server);
            network.down = true;
            cutAll(peers);
            client.awaitSessionEvents(1);
            server.awaitSessionEvents(1);
            assertThat(client.session().subflows()).isEmpty();
            assertThat(addresses(client, server)).isEqualTo(before).doesNotContainNull();
            network.down = false;
            client.awaitSessionEvents(2);
            client.channel().close().sync();
            peers.awaitNothingLeft();
        }
    }

    private static List<SocketAddress> addresses(Recorder... ends) {
        return Stream.of(ends)
                .map(Recorder::session)
                .flatMap(end -> Stream.of(end.localAddress(), end.remoteAddress()))
                .collect(Collectors.toList());
    }

    @Test
    void shouldKeepWhatIsWrittenAndClosedDuringAnOutage() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Resuming::new, 2);
            Resuming client = new Resuming();
            peers.connect(peers.clientBootstrap(client));
            Resuming server = (Resuming) peers.accepted();
            cutAll(peers);
            eventually().until(() -> client.sessionEvents.contains(MultipathSessionEvent.SUSPENDED));
            assertThat(client.channel().isActive()).isTrue();
            ChannelFuture written = client.channel()
                    .writeAndFlush(Pattern.bytes(client.channel().alloc(), 0, 1_000_000));
            client.channel().close().sync();
            assertThat(written.isSuccess()).isTrue();
            server.awaitInactive();
            assertThat(server.receivedBytes()).isEqualTo(1_000_000);
            assertThat(server.exceptions()).isEmpty();
        }
    }

    @Test
    void shouldFailBothEndsWhenNobodyComesBackInTime() throws Exception {
        Duration timeout = Duration.ofMillis(400);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, timeout),
                    2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.RESUMPTION_TIMEOUT, timeout));
            Recorder server = peers.accepted();
            client.send(1000, 1000);
            server.awaitReceived(1000);
            peers.server().close().sync();
            long startNanos = System.nanoTime();
            cutAll(peers);
            client.awaitInactive();
            server.awaitInactive();
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThanOrEqualTo(timeout);
            assertThat(client.exceptions()).singleElement().isInstanceOf(ResumptionTimeoutException.class);
            assertThat(server.exceptions()).singleElement().isInstanceOf(ResumptionTimeoutException.class);
        }
    }

    /** The end of a stream is said, so a loss between two frames is none. */
    @Requirement("END-11")
    @Test
    void shouldNeverTakeALossForAnEnd() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ZERO),
                    2);
            Recorder client = new Recorder();
            peers.connect(
                    peers.clientBootstrap(client).option(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ZERO));
            Recorder server = peers.accepted();
            client.send(1000, 1000);
            server.awaitReceived(1000);
            cutAll(peers);
            client.awaitInactive();
            server.awaitInactive();
            assertThat(client.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOCAL")
    void shouldFailAtOnceWhenTheServerWasRestarted(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport);
                Peers restarted = new Peers(transport)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            MultipathAddress address = peers.server().localAddress();
            peers.server().close().sync();
            // Another program's connection may have been given the port meanwhile.
            eventually()
                    .ignoreExceptionsMatching(BindException.class::isInstance)
                    .until(() -> restarted
                            .listenOn(restarted.serverBootstrap(Recorder::new), address)
                            .isActive());
            cutAll(peers);
            // Long before its resumption time is over: it ends by what the server says.
            client.awaitInactive();
            assertThat(client.exceptions()).singleElement().isInstanceOf(UnknownSessionException.class);
            assertThat(restarted.acceptedSessions()).isZero();
            restarted.awaitNothingLeft();
        }
    }
}
