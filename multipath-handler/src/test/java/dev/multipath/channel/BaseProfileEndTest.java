package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.MultipathException;
import dev.multipath.testing.OneIn;
import dev.multipath.testing.Requirement;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * In the base profile nothing but the end of the connections is the end of the stream. So whoever leaves a session unfinished
 * resets every one of them, and who sees a reset does not believe an orderly end behind it.
 */
class BaseProfileEndTest {

    private static final long BYTES = 100_000;

    /** What it goes wrong by is a race, in most of the tries. */
    private static final int TRIES = 8;

    /** How a client leaves. */
    enum Leaving {
        LAST_SUBFLOW_RESET,
        ABORT,
        LINGER_EXPIRED,
        BY_FORCE,
        EVENT_LOOP_ENDS
    }

    private static ServerBootstrap server(Peers peers, boolean tls) throws Exception {
        ServerBootstrap bootstrap = peers.serverBootstrap(Recorder::new);
        if (tls) {
            bootstrap.option(
                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                    Peers.tracking(peers.serverSubflows)
                            .withTls(TlsConfig.server(TlsSetup.server(SslProvider.JDK, TlsSetup.SERVER))));
        }
        return bootstrap;
    }

    /** A client whose connections, but the first, get their answers from the server when that is let through. */
    private static Bootstrap client(Peers peers, Recorder application, Gate gate, boolean tls) throws Exception {
        SubflowTransport transport = Peers.tracking(peers.clientSubflows);
        if (tls) {
            transport = transport.withTls(
                    TlsConfig.client(TlsSetup.clientBuilder(SslProvider.JDK).build())
                            .withServerName(TlsSetup.SERVER_NAME));
        }
        return peers.clientBootstrap(application)
                .option(MultipathChannelOption.EXTENDED_PROFILE, false)
                .option(MultipathChannelOption.LINGER, Duration.ofSeconds(30))
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        transport.withInitializer(subflow -> subflow.pipeline().addLast(gate.holder())));
    }

    /** Holds what the server says to all but the first connection: to it they have joined, to the client they are on the way. */
    private static final class Gate {
        private int connections;

        private ChannelInboundHandlerAdapter holder() {
            boolean holding = connections++ > 0;
            return new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    if (holding) {
                        ReferenceCountUtil.release(message);
                    } else {
                        ctx.fireChannelRead(message);
                    }
                }
            };
        }
    }

    /** Connects over one path; the join over the other is under way when it returns. */
    private static Recorder connectHalf(Peers peers, Bootstrap bootstrap, Recorder client) throws Exception {
        bootstrap.connect(peers.server().localAddress()).sync();
        return peers.accepted(client);
    }

    private static void leave(Leaving leaving, Peers peers, Recorder client) throws Exception {
        MultipathChannel channel = client.session();
        switch (leaving) {
            case LAST_SUBFLOW_RESET -> {
                Channel only = client.firstSubflow();
                only.config().setOption(ChannelOption.SO_LINGER, 0);
                // Beneath TLS.
                only.eventLoop().execute(() -> only.unsafe().close(only.voidPromise()));
            }
            case ABORT -> channel.abort(300, "enough");
            case LINGER_EXPIRED -> {
                channel.config().setOption(MultipathChannelOption.LINGER, Duration.ZERO);
                channel.eventLoop()
                        .submit(() -> {
                            channel.writeAndFlush(Pattern.bytes(channel.alloc(), BYTES, 100));
                            channel.close();
                        })
                        .sync();
            }
            case BY_FORCE ->
                channel.eventLoop().submit(channel.unsafe()::closeForcibly).sync();
            case EVENT_LOOP_ENDS -> peers.transport.shutDown(peers.clientGroup);
        }
    }

    @Requirement("BASE-11")
    @OneIn(2)
    @ParameterizedTest
    @CsvSource({
        "LAST_SUBFLOW_RESET,false", "LAST_SUBFLOW_RESET,true", "ABORT,false", "ABORT,true", "LINGER_EXPIRED,false",
        "LINGER_EXPIRED,true", "BY_FORCE,false", "BY_FORCE,true", "EVENT_LOOP_ENDS,false", "EVENT_LOOP_ENDS,true"
    })
    void shouldNotLookWholeWhenTheClientLeavesWithAJoinUnderWay(Leaving leaving, boolean tls) throws Exception {
        for (int i = 0; i < TRIES; i++) {
            try (Peers peers = new Peers(TestTransport.NIO)) {
                peers.listen(server(peers, tls), 2);
                Recorder client = new Recorder();
                Recorder server = connectHalf(peers, client(peers, client, new Gate(), tls), client);
                server.awaitCount(SubflowEvent.Kind.ADDED, 2);
                client.send(BYTES, 1000);
                server.awaitReceived(BYTES);

                leave(leaving, peers, client);

                eventually().until(server::isInactive);
                assertThat(server.exceptions()).as("try %s", i).singleElement().isInstanceOf(MultipathException.class);
                peers.awaitNothingLeft();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldEndCleanWhenTheClientClosesInOrderWithAJoinUnderWay(boolean tls) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(server(peers, tls), 2);
            for (int i = 0; i < TRIES; i++) {
                Recorder client = new Recorder();
                Recorder server = connectHalf(peers, client(peers, client, new Gate(), tls), client);
                server.awaitCount(SubflowEvent.Kind.ADDED, 2);
                client.send(BYTES, 1000);
                client.awaitSent(BYTES);

                client.channel().close().sync();

                server.awaitInactive();
                assertThat(server.receivedBytes()).isEqualTo(BYTES);
                assertThat(server.exceptions()).isEmpty();
                assertThat(client.exceptions()).isEmpty();
            }
            peers.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOCAL")
    void shouldNotLookWholeWhenTheServersEventLoopEnds(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 1);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, false));
            Recorder server = peers.accepted();
            server.send(BYTES, 1000);
            client.awaitReceived(BYTES);
            Channel subflow = server.firstSubflow();

            transport.shutDown(transport.movesSubflows() ? peers.sessionGroup : peers.listenerGroup);

            client.awaitInactive();
            assertThat(client.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            assertThat(subflow.isOpen()).isFalse();
        }
    }

    /** What it waits to write will never be written, and says so; else it would wait for ever, and hold all it has. */
    @Test
    void shouldTellAnApplicationThatReadsOnlyWhileItCanWriteOfTheEnd() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel listening = peers.listen(ReadsWhileWritable::new, 1);
            try (RawPeer client =
                    new RawPeer(listening.localAddress().paths().get(0).remote())) {
                client.greet(ConnectionId.ZERO);
                client.speakBaseProfile();
                Recorder server = peers.accepted();
                server.awaitCount(SubflowEvent.Kind.ADDED, 1);
                server.send(50_000_000, 64 << 10);
                eventually().until(() -> !server.channel().config().isAutoRead());
                client.send(RawPeer.data(10, Pattern.at(0)));
                eventually().until(() -> server.session().stats().paths().get(0).framesReceived() == 1);

                client.reset();

                server.awaitInactive();
                assertThat(server.receivedBytes()).isEqualTo(1);
                assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            }
            peers.awaitNothingLeft();
        }
    }

    private static final class ReadsWhileWritable extends Recorder {
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
            super.channelWritabilityChanged(ctx);
        }
    }

    /** The kernel does what is left to do for a process that is killed. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLeaveEachSubflowSoThatTheDeathOfTheProcessResetsIt(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
            peers.accepted().awaitCount(SubflowEvent.Kind.ADDED, 2);
            for (var group : List.of(peers.clientSubflows, peers.serverSubflows)) {
                // One that is just being closed cannot be asked.
                eventually()
                        .ignoreExceptionsInstanceOf(ChannelException.class)
                        .untilAsserted(() -> assertThatCollection(group)
                                .allMatch(subflow ->
                                        subflow.config().getOption(ChannelOption.SO_LINGER) == (extended ? -1 : 0)));
            }
        }
    }

    /** The stale one's end was made before, and held back on its way. */
    @Requirement("BASE-12")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBelieveAnOrderlyEndBehindAResetOnlyIfThePeerWasHeardOfMeanwhile(boolean answering) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel listening = peers.listen(Recorder::new, 1);
            try (RawPeer stale =
                            new RawPeer(listening.localAddress().paths().get(0).remote());
                    RawPeer fresh =
                            new RawPeer(listening.localAddress().paths().get(0).remote())) {
                ConnectionId session = stale.greet(ConnectionId.ZERO);
                stale.speakBaseProfile();
                Recorder server = peers.accepted();
                server.awaitCount(SubflowEvent.Kind.ADDED, 1);
                fresh.greet(session);
                server.awaitCount(SubflowEvent.Kind.ADDED, 2);
                fresh.send(RawPeer.PONG).send(RawPeer.data(10, Pattern.at(0)));
                server.awaitReceived(1);

                fresh.reset();
                server.awaitCount(SubflowEvent.Kind.REMOVED, 1);
                for (int sent = 1; answering && hasUnansweredLoss(server); sent++) {
                    // One may have been on its way already, whose answer says nothing.
                    stale.awaitPing();
                    stale.send(RawPeer.PONG).send(RawPeer.data(10 + sent, Pattern.at(sent)));
                    server.awaitReceived(sent + 1);
                }
                stale.end();

                server.awaitInactive();
                if (answering) {
                    assertThat(server.exceptions()).isEmpty();
                } else {
                    assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
                }
            }
        }
    }

    private static boolean hasUnansweredLoss(Recorder end) throws Exception {
        return end.channel()
                .eventLoop()
                .submit(() -> end.session().driver().session().unansweredLoss() != null)
                .get();
    }
}
