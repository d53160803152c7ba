package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.StatsTracker;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.testing.OneIn;
import dev.multipath.transport.ChangedTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever ends a channel while it begins to connect, and wherever that happens: nothing is dialled any more. */
class ConnectGivenUpTest {

    /** Where an application is called, or its other threads come between, before a client's channel is active. */
    private enum Place {
        /** Another thread cancels before the channel listens to that. */
        PROMISE,
        EVENT_LOOP,
        CHANNEL,
        INITIALIZER,
        READY,
        SCHEDULER,
        TRACKER,
        PROMISE_DONE,
        ACTIVE
    }

    private enum How {
        CLOSE(promise -> promise.channel().close()),
        CANCEL(promise -> promise.cancel(false));

        final Consumer<ChannelPromise> deed;

        How(Consumer<ChannelPromise> deed) {
            this.deed = deed;
        }
    }

    static List<Arguments> places() {
        List<Arguments> places = new ArrayList<>();
        for (Place place : Place.values()) {
            for (How how : How.values()) {
                // Once it is connected there is nothing to cancel.
                boolean late = place == Place.PROMISE_DONE || place == Place.ACTIVE;
                if (how == How.CLOSE || !late) {
                    places.add(Arguments.of(place, how));
                }
            }
        }
        return places;
    }

    /** Gives up when its place is reached, once. */
    private static final class GivingUp {
        private final Place place;
        private final How how;
        private final AtomicReference<ChannelPromise> promise = new AtomicReference<>();

        GivingUp(Place place, How how) {
            this.place = place;
            this.how = how;
        }

        void at(Place reached) {
            if (reached == place) {
                ChannelPromise given = promise.getAndSet(null);
                if (given != null) {
                    how.deed.accept(given);
                }
            }
        }
    }

    @OneIn(2)
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("places")
    void shouldDialNothingMore(Place place, How how) throws Exception {
        GivingUp givingUp = new GivingUp(place, how);
        AtomicInteger dials = new AtomicInteger();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Path good = peers.server().localAddress().paths().get(0);
            // Would be dialled again and again.
            Path dead = Path.of("dead", new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
            Bootstrap bootstrap = peers.clientBootstrap(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelActive(ChannelHandlerContext ctx) {
                            givingUp.at(Place.ACTIVE);
                        }
                    })
                    .option(MultipathChannelOption.SCHEDULER, () -> {
                        givingUp.at(Place.SCHEDULER);
                        return new LowestRttScheduler();
                    })
                    .option(MultipathChannelOption.STATS_TRACKER, path -> {
                        givingUp.at(Place.TRACKER);
                        return StatsTracker.NONE;
                    })
                    .option(MultipathChannelOption.SUBFLOW_TRANSPORT, new ChangedTransport() {
                        @Override
                        public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
                            dials.incrementAndGet();
                            givingUp.at(Place.EVENT_LOOP);
                            return super.eventLoop(session, remote);
                        }

                        @Override
                        protected void onDial(SocketAddress remote) {
                            givingUp.at(Place.CHANNEL);
                        }

                        @Override
                        protected void initialize(Channel subflow) {
                            peers.clientSubflows.add(subflow);
                            givingUp.at(Place.INITIALIZER);
                        }

                        @Override
                        protected Future<?> whenReady(Channel subflow) {
                            givingUp.at(Place.READY);
                            return super.whenReady(subflow);
                        }
                    });
            MultipathChannel channel =
                    (MultipathChannel) bootstrap.register().sync().channel();
            ChannelPromise promise = new DefaultChannelPromise(channel) {
                @Override
                public ChannelPromise addListener(GenericFutureListener<? extends Future<? super Void>> listener) {
                    givingUp.at(Place.PROMISE);
                    return super.addListener(listener);
                }
            };
            promise.addListener(f -> givingUp.at(Place.PROMISE_DONE));
            givingUp.promise.set(promise);

            channel.eventLoop()
                    .submit(() -> channel.connect(MultipathAddress.of(dead, good), promise))
                    .sync();

            assertThat(channel.closeFuture().awaitUninterruptibly(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
            assertThat(promise.isDone()).isTrue();
            assertThat(channel.isOpen()).isFalse();
            assertThat(channel.isActive()).isFalse();
            int dialled = dials.get();
            // A path that failed for the first or second time would be dialled again within 600 ms.
            channel.eventLoop().schedule(() -> {}, 1500, TimeUnit.MILLISECONDS).sync();
            assertThat(dials).hasValue(dialled);
            eventually()
                    .untilAsserted(() -> assertThat(peers.clientSubflows.size()).isZero());
            peers.awaitNothingLeft();
        }
    }
}
