package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.Schedulers;
import dev.multipath.scheduler.SubflowView;
import io.netty.channel.Channel;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Schedulers that take turns in mid-stream, at either end; over real sockets. */
class SchedulersAtRunTimeTest {

    private static final long BYTES = 20_000_000;
    private static final int WRITE_BYTES = 20_000;

    /** Counts how often its schedulers decide. */
    private static final class Counting implements Supplier<Scheduler> {
        final AtomicLong decisions = new AtomicLong();

        @Override
        public Scheduler get() {
            return new Scheduler() {
                private final Scheduler lowestRtt = new LowestRttScheduler();

                @Override
                public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
                    decisions.incrementAndGet();
                    return lowestRtt.select(subflows, offer, nowNanos);
                }
            };
        }
    }

    @Test
    void shouldChangeTheSchedulerOfASessionInMidStream() throws Exception {
        Counting first = new Counting();
        Counting second = new Counting();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.SCHEDULER, first));
            Recorder server = peers.accepted();
            client.send(BYTES, WRITE_BYTES);
            eventually().until(() -> server.receivedBytes() > BYTES / 10);

            client.channel().config().setOption(MultipathChannelOption.SCHEDULER, second);
            // Behind the change.
            client.channel().eventLoop().submit(() -> {}).sync();
            long decisionsOfFirst = first.decisions.get();
            client.send(BYTES, WRITE_BYTES);
            server.awaitReceived(2 * BYTES);

            assertThat(decisionsOfFirst).isPositive();
            assertThat(first.decisions.get()).isEqualTo(decisionsOfFirst);
            assertThat(second.decisions.get()).isPositive();
        }
    }

    /** Who shows sessions to people reads it there. */
    @Test
    void shouldTellByWhichSchedulerASessionGoes() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            MultipathChannel accepted = (MultipathChannel) peers.accepted().channel();
            assertThat(schedulerOf(client.channel())).isSameAs(Schedulers.EARLIEST);
            assertThat(schedulerOf(accepted)).isSameAs(Schedulers.EARLIEST);

            accepted.parent().config().setOption(MultipathChannelOption.SCHEDULER, Schedulers.REDUNDANT);
            assertThat(schedulerOf(accepted)).isSameAs(Schedulers.REDUNDANT);
            accepted.config().setOption(MultipathChannelOption.SCHEDULER, Schedulers.WEIGHTED);
            assertThat(schedulerOf(accepted)).isSameAs(Schedulers.WEIGHTED);
        }
    }

    private static Supplier<Scheduler> schedulerOf(Channel channel) {
        return channel.config().getOption(MultipathChannelOption.SCHEDULER);
    }

    @Test
    void shouldChangeTheSchedulerOfAllSessionsOfAServerButThoseThatHaveTheirOwn() throws Exception {
        Counting servers = new Counting();
        Counting own = new Counting();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder first = peers.connect();
            Recorder firstAccepted = peers.accepted();
            Recorder second = peers.connect();
            Recorder secondAccepted = peers.accepted();
            secondAccepted.channel().config().setOption(MultipathChannelOption.SCHEDULER, own);
            firstAccepted.send(BYTES, WRITE_BYTES);
            secondAccepted.send(BYTES, WRITE_BYTES);
            eventually().until(() -> first.receivedBytes() > BYTES / 10);

            peers.server().config().setOption(MultipathChannelOption.SCHEDULER, servers);
            firstAccepted.send(BYTES, WRITE_BYTES);
            first.awaitReceived(2 * BYTES);
            second.awaitReceived(BYTES);

            assertThat(servers.decisions.get()).isPositive();
            assertThat(own.decisions.get()).isPositive();
            long decisions = servers.decisions.get();
            secondAccepted.send(BYTES, WRITE_BYTES);
            second.awaitReceived(2 * BYTES);
            assertThat(servers.decisions.get()).isEqualTo(decisions);

            // And of those that come.
            Recorder third = peers.connect();
            peers.accepted().send(WRITE_BYTES, WRITE_BYTES);
            third.awaitReceived(WRITE_BYTES);
            assertThat(servers.decisions.get()).isGreaterThan(decisions);
        }
    }

    /** Whatever decides, all of it arrives, both ways; also while the decider changes again and again. */
    @ParameterizedTest
    @EnumSource
    void shouldDeliverEverythingWhateverDecides(Schedulers schedulers) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new).childOption(MultipathChannelOption.SCHEDULER, schedulers), 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.SCHEDULER, schedulers));
            Recorder server = peers.accepted();

            client.send(BYTES / 4, WRITE_BYTES);
            server.send(BYTES / 4, WRITE_BYTES);
            for (Schedulers other : Schedulers.values()) {
                client.channel().config().setOption(MultipathChannelOption.SCHEDULER, other);
            }
            client.channel().config().setOption(MultipathChannelOption.SCHEDULER, schedulers);

            server.awaitReceived(BYTES / 4);
            client.awaitReceived(BYTES / 4);
        }
    }
}
