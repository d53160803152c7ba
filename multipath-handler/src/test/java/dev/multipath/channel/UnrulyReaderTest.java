package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.Path;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application does while it is given bulk, within the read of the subflow that brings it. */
class UnrulyReaderTest {

    private static final long BYTES = 20 << 20;

    /** By who comes after an unruly one. */
    private volatile long receivedBySuccessor;

    /** Does something at each so many-th read. */
    private abstract static class Unruly extends Recorder {
        private final int period;
        private int reads;

        Unruly(int period) {
            this.period = period;
        }

        abstract void misbehave(ChannelHandlerContext ctx);

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            super.channelRead(ctx, msg);
            if (++reads % period == 0) {
                misbehave(ctx);
            }
        }
    }

    private static MultipathChannel connect(Peers peers, Recorder client, boolean extended) throws Exception {
        Bootstrap bootstrap = peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, extended);
        MultipathChannel channel = (MultipathChannel)
                bootstrap.connect(peers.server().localAddress()).sync().channel();
        client.awaitCount(SubflowEvent.Kind.ADDED, 2);
        return channel;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveAllInOrderToWhoStopsThrowsAndWrites(boolean extended) throws Exception {
        Unruly unruly = new Unruly(7) {
            @Override
            void misbehave(ChannelHandlerContext ctx) {
                sendNow(1000, 100);
                ctx.channel().config().setAutoRead(false);
                ctx.executor().schedule(() -> ctx.channel().config().setAutoRead(true), 1, TimeUnit.MILLISECONDS);
                throw new IllegalStateException("thrown by the application");
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(() -> unruly, 2);
            Recorder client = new Recorder();
            MultipathChannel channel = connect(peers, client, extended);
            client.send(BYTES, 100_000);
            unruly.awaitReceived(BYTES);
            client.awaitReceived(unruly.sentBytes());
            channel.close().sync();
            peers.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndWhenItIsClosedInTheMidstOfIt(boolean extended) throws Exception {
        Unruly unruly = new Unruly(20) {
            @Override
            void misbehave(ChannelHandlerContext ctx) {
                ctx.close();
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(() -> unruly, 2);
            Recorder client = new Recorder();
            connect(peers, client, extended);
            client.send(BYTES, 100_000);
            unruly.awaitInactive();
            client.awaitInactive();
            peers.awaitNothingLeft();
        }
    }

    /** Its subflow is the one that is read just then, or the other. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnWhenAPathIsRemovedInTheMidstOfIt(boolean extended) throws Exception {
        AtomicReference<Path> removed = new AtomicReference<>();
        Unruly unruly = new Unruly(20) {
            @Override
            void misbehave(ChannelHandlerContext ctx) {
                List<SubflowInfo> subflows = session().subflows();
                if (removed.get() == null && subflows.size() > 1) {
                    removed.set(subflows.get(0).path());
                    session().removePath(removed.get());
                }
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            MultipathChannel channel = connect(peers, unruly, extended);
            peers.accepted().send(BYTES, 100_000);
            unruly.awaitReceived(BYTES);
            eventually().untilAsserted(() -> assertThat(channel.subflows())
                    .singleElement()
                    .satisfies(subflow -> assertThat(subflow.path()).isNotEqualTo(removed.get())));
            assertThat(removed.get()).isNotNull();
            channel.close().sync();
            peers.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveTheRestToWhoeverIsThereWhenItIsReplacedInTheMidstOfIt(boolean extended) throws Exception {
        Recorder successor = new Recorder() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                receivedBySuccessor = receivedBySuccessor + ((ByteBuf) msg).readableBytes();
                ((ByteBuf) msg).release();
            }
        };
        Unruly unruly = new Unruly(20) {
            @Override
            void misbehave(ChannelHandlerContext ctx) {
                ctx.pipeline().replace(this, null, successor);
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(() -> unruly, 2);
            Recorder client = new Recorder();
            MultipathChannel channel = connect(peers, client, extended);
            client.send(BYTES, 100_000);
            eventually().until(() -> unruly.receivedBytes() + receivedBySuccessor == BYTES);
            channel.close().sync();
            peers.awaitNothingLeft();
        }
    }
}
