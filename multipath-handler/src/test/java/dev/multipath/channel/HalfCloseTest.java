package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.session.MultipathException;
import dev.multipath.session.SessionResetException;
import dev.multipath.testing.Requirement;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.ChannelOutputShutdownException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each direction ends by itself, and an end is never mistaken for a loss. */
class HalfCloseTest {

    private static final int BYTES = 2_000_000;

    /** Remembers the events of its input's end; answers it with a stream of its own and its end. */
    private static class Answering extends Recorder {
        final List<Object> ends = new CopyOnWriteArrayList<>();
        private final int answerBytes;

        Answering(int answerBytes) {
            this.answerBytes = answerBytes;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            super.userEventTriggered(ctx, event);
            if (event == ChannelInputShutdownEvent.INSTANCE || event == ChannelInputShutdownReadComplete.INSTANCE) {
                ends.add(event);
            }
            if (event == ChannelInputShutdownEvent.INSTANCE && answerBytes > 0) {
                ctx.writeAndFlush(Pattern.bytes(ctx.alloc(), 0, answerBytes));
                session().shutdownOutput();
            }
        }
    }

    private static Answering connect(Peers peers, Answering client, Answering server, boolean halfClosure)
            throws InterruptedException {
        peers.listen(peers.serverBootstrap(() -> server).childOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure), 2);
        peers.connect(peers.clientBootstrap(client).option(ChannelOption.ALLOW_HALF_CLOSURE, true));
        return (Answering) peers.accepted();
    }

    /** As a socket's channel does, one with both directions ended waits for who was told of it to close. */
    private static void awaitEndedAndOpen(Answering end) {
        eventually().until(() -> end.session().isShutdown());
        assertEndedAndOpen(end);
    }

    private static void assertEndedAndOpen(Answering end) {
        assertThat(end.session().isActive()).isTrue();
        assertThat(end.session().isShutdown()).isTrue();
        assertThat(end.isInactive()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void shouldAnswerBehindTheEndOfTheQuestion(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Answering client = new Answering(0);
            Answering server = connect(peers, client, new Answering(BYTES), true);
            Channel channel = client.channel();
            ChannelFuture question = channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, BYTES));
            client.session().shutdownOutput().sync();

            assertThat(question.isSuccess()).as("taken before the end").isTrue();
            client.awaitReceived(BYTES);
            server.awaitReceived(BYTES);
            awaitEndedAndOpen(client);
            awaitEndedAndOpen(server);
            client.channel().close().sync();
            eventually().until(() -> server.session().subflows().isEmpty());
            assertEndedAndOpen(server);
            server.channel().close().sync();
            client.awaitInactive();
            server.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
            for (Answering end : List.of(client, server)) {
                assertThat(end.ends)
                        .containsExactly(ChannelInputShutdownEvent.INSTANCE, ChannelInputShutdownReadComplete.INSTANCE);
            }
            peers.awaitNothingLeft();
        }
    }

    /** More than the session has room for, while the reader does not read: flushed is flushed. */
    @Test
    void shouldDeliverAllThatWasFlushedBeforeTheEnd() throws Exception {
        int bytes = 12_000_000;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Answering client = new Answering(0);
            Answering server = connect(peers, client, new Answering(0), true);
            server.channel().config().setAutoRead(false);
            Channel channel = client.channel();
            ChannelFuture flushed = channel.writeAndFlush(Pattern.bytes(channel.alloc(), 0, bytes));
            ChannelFuture unflushed = channel.write(Pattern.bytes(channel.alloc(), bytes, 10));
            client.session().shutdownOutput().sync();
            assertThat(flushed.await().isSuccess()).isTrue();
            assertThat(unflushed.await().cause()).isInstanceOf(ChannelOutputShutdownException.class);
            assertThat(client.session().isOutputShutdown()).isTrue();
            assertThat(client.session().isInputShutdown()).isFalse();
            assertThat(client.session().isShutdown()).isFalse();

            server.channel().config().setAutoRead(true);
            server.awaitReceived(bytes);
            eventually().until(() -> server.ends.size() == 2);
            assertThat(server.session().isInputShutdown()).isTrue();
            assertThat(server.channel().isActive()).isTrue();
            server.send(1000, 100);
            client.awaitReceived(1000);
            server.session().shutdownOutput().sync();
            awaitEndedAndOpen(client);
            awaitEndedAndOpen(server);
            server.channel().close().sync();
            client.channel().close().sync();
            client.awaitInactive();
            server.awaitInactive();
            peers.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCloseAtThePeersEndUnlessHalfClosureIsAllowed(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Answering client = new Answering(0);
            Answering server = connect(peers, client, new Answering(0), false);
            client.send(BYTES, 50_000);
            client.awaitSent(BYTES);
            client.session().shutdownOutput().sync();
            server.awaitInactive();
            awaitEndedAndOpen(client);
            client.channel().close().sync();
            client.awaitInactive();
            assertThat(server.receivedBytes()).isEqualTo(BYTES);
            assertThat(server.ends).isEmpty();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldEndBothWhenBothEndAtOnce() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Answering client = new Answering(0);
            Answering server = connect(peers, client, new Answering(0), true);
            client.send(BYTES, 10_000);
            server.send(BYTES, 10_000);
            client.awaitSent(BYTES);
            server.awaitSent(BYTES);
            client.session().shutdownOutput();
            server.session().shutdownOutput();
            awaitEndedAndOpen(client);
            awaitEndedAndOpen(server);
            client.channel().close();
            server.channel().close();
            client.awaitInactive();
            server.awaitInactive();
            assertThat(client.receivedBytes()).isEqualTo(BYTES);
            assertThat(server.receivedBytes()).isEqualTo(BYTES);
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    @Test
    void shouldThrowAwayWhatComesAfterShutdownInput() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Answering client = new Answering(0);
            Answering server = connect(peers, client, new Answering(0), true);
            client.session().shutdownInput().sync();
            eventually().until(() -> client.ends.equals(List.of(ChannelInputShutdownReadComplete.INSTANCE)));
            server.send(BYTES, 50_000);
            server.awaitSent(BYTES);
            server.channel().close().sync();
            assertThat(client.receivedBytes()).isZero();
            client.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** As with a socket, whose next read finds the end. */
    @Test
    void shouldReadNoMoreWhenTheReaderShutsItsInputDown() throws Exception {
        AtomicInteger reads = new AtomicInteger();
        Answering client = new Answering(0) {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                reads.incrementAndGet();
                super.channelRead(ctx, msg);
                session().shutdownInput();
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Answering server = connect(peers, client, new Answering(0), true);
            // On its loop, where the read that is pending ends with it.
            client.channel()
                    .eventLoop()
                    .submit(() -> client.channel().config().setAutoRead(false))
                    .sync();
            server.send(BYTES, 50_000);
            server.awaitSent(BYTES);
            ChannelFuture closed = server.channel().close();
            assertThat(reads).hasValue(0);
            client.channel().config().setAutoRead(true);
            closed.sync();
            client.awaitInactive();
            assertThat(reads).hasValue(1);
            assertThat(client.ends).containsExactly(ChannelInputShutdownReadComplete.INSTANCE);
            assertThat(client.exceptions()).isEmpty();
        }
    }

    @Test
    void shouldCloseWhenABasePeerHasAllBehindShutdownOutput() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new).childOption(MultipathChannelOption.EXTENDED_PROFILE, false),
                    2);
            Recorder client = new Recorder();
            MultipathChannel session = peers.connect(peers.clientBootstrap(client));
            Recorder server = peers.accepted();
            session.writeAndFlush(Pattern.bytes(session.alloc(), 0, BYTES));
            session.shutdownOutput().sync();
            client.awaitInactive();
            assertThat(server.receivedBytes()).isEqualTo(BYTES);
            server.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    /** By what the base profile has for it: the subflows are reset. */
    @Requirement("BASE-11")
    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void shouldNotLookLikeTheEndToABasePeerWhenAborted(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new).childOption(MultipathChannelOption.EXTENDED_PROFILE, false),
                    2);
            Recorder client = new Recorder();
            MultipathChannel session =
                    peers.connect(peers.clientBootstrap(client).option(ChannelOption.SO_LINGER, 0));
            Recorder server = peers.accepted();
            client.send(1000, 1000);
            server.awaitReceived(1000);
            session.close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            peers.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTellThePeerWhyItWasAborted(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            client.send(1000, 1000);
            server.awaitReceived(1000);
            assertThat(client.session().abort(4711, "enough").await().isSuccess())
                    .isTrue();
            server.awaitInactive();
            assertThat(server.exceptions())
                    .singleElement()
                    .isInstanceOfSatisfying(SessionResetException.class, reset -> {
                        assertThat(reset.code()).isEqualTo(4711);
                        assertThat(reset.reason()).isEqualTo("enough");
                    });
            client.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldResetThePeerWhenLingerIsOver() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Recorder::new).childOption(ChannelOption.AUTO_READ, false), 2);
            Recorder client = new Recorder();
            MultipathChannel session = peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.LINGER, java.time.Duration.ofMillis(200)));
            Recorder server = peers.accepted();
            session.writeAndFlush(Pattern.bytes(session.alloc(), 0, BYTES));
            assertThat(session.close().await().cause())
                    .isInstanceOf(dev.multipath.session.SessionClosedException.class);
            server.channel().config().setAutoRead(true);
            server.awaitInactive();
            assertThat(server.exceptions())
                    .singleElement()
                    .isInstanceOfSatisfying(SessionResetException.class, reset -> assertThat(reset.code())
                            .isEqualTo(ResetFrame.LINGER_EXPIRED));
        }
    }
}
