package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A peer that is busy for a while: before its subflow is called stale, the transport is asked whether it has delivered. */
class BusyPeerTest {

    private static final long UNKNOWN = TransportStats.UNKNOWN;

    /** A transport that says how much has not arrived, and an application that remembers when its subflow went stale. */
    private static final class Watched extends Recorder {

        private final long unacknowledgedBytes;
        private volatile int asked;
        private volatile int askedWhenStale;
        private volatile long staleAtNanos;
        private volatile boolean stale;

        Watched(long unacknowledgedBytes) {
            this.unacknowledgedBytes = unacknowledgedBytes;
        }

        SubflowTransport transport(Peers peers) {
            return new TransportDecorator(Peers.tracking(peers.clientSubflows)) {
                @Override
                public TransportStats stats(Channel subflow) {
                    asked++;
                    return new TransportStats(
                            1_000_000, 14_600, UNKNOWN, UNKNOWN, unacknowledgedBytes, UNKNOWN, 0, MptcpStats.NONE);
                }
            };
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SubflowEvent change && change.kind() == SubflowEvent.Kind.STALE && !stale) {
                askedWhenStale = asked;
                staleAtNanos = System.nanoTime();
                stale = true;
            }
            super.userEventTriggered(ctx, event);
        }

        /** Sends a byte to a peer that does not answer until its subflow is stale; returns how long that took. */
        long untilStaleNanos() throws Exception {
            CountDownLatch isStale = new CountDownLatch(1);
            try (Peers peers = new Peers(TestTransport.NIO)) {
                peers.listen(Echo::new, 1);
                MultipathChannel session = peers.connect(
                        peers.clientBootstrap(this).option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport(peers)));
                // Behind that no ping of the join is unanswered.
                send(10, 10);
                awaitReceived(10);
                CountDownLatch isBusy = new CountDownLatch(1);
                peers.sessionGroup.next().execute(() -> {
                    isBusy.countDown();
                    awaitUninterrupted(isStale);
                });
                isBusy.await();
                long sentAtNanos = System.nanoTime();
                int askedWhenSent = peers.clientGroup
                        .next()
                        .submit(() -> {
                            session.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
                            return asked;
                        })
                        .get();
                eventually().until(() -> stale);
                assertThat(askedWhenStale).isGreaterThan(askedWhenSent);
                isStale.countDown();
                return staleAtNanos - sentAtNanos;
            } finally {
                isStale.countDown();
            }
        }

        private static void awaitUninterrupted(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void shouldAskTheTransportBeforeItCallsASubflowStale() throws Exception {
        assertThat(new Watched(1).untilStaleNanos()).isPositive();
    }

    @Test
    void shouldGiveAPeerMoreTimeWhoseHostHasAll() throws Exception {
        assertThat(new Watched(0).untilStaleNanos()).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(1));
    }
}
