package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.multipath.path.AllPathsFailedException;
import dev.multipath.transport.ChangedTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Subflows that are connected long before they can carry bytes. */
class ReadinessTest {

    /** A transport whose subflows are ready when the test says so, on another thread than theirs. */
    private static final class Unready extends ChangedTransport {
        final BlockingQueue<Promise<Void>> waiting = new LinkedBlockingQueue<>();

        @Override
        protected Future<?> whenReady(Channel subflow) {
            assertThat(subflow.isActive()).isTrue();
            Promise<Void> ready = GlobalEventExecutor.INSTANCE.newPromise();
            waiting.add(ready);
            return ready;
        }

        Promise<Void> next() throws InterruptedException {
            return waiting.poll(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private final Unready transport = new Unready();
    private final Recorder client = new Recorder();

    private ChannelFuture connect(Peers peers, Duration timeout) {
        return peers.clientBootstrap(client)
                // An initializer must not hide when a subflow is ready.
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport.withInitializer(peers.clientSubflows::add))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .connect(peers.server().localAddress());
    }

    @Test
    void shouldSendNothingAndTimeNothingBeforeASubflowIsReady() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 1);
            long connectedAt = System.nanoTime();
            ChannelFuture connecting = connect(peers, Waiting.PATIENCE);
            Promise<Void> ready = transport.next();
            eventually().until(() -> peers.server().registry().pendingHandshakes() == 1);
            // Many round trips, in which nothing may come of it.
            assertThat(connecting.await(1, TimeUnit.SECONDS)).isFalse();
            assertThat(peers.acceptedSessions()).isZero();

            ready.setSuccess(null);
            connecting.sync();
            Duration sinceConnected = Duration.ofNanos(System.nanoTime() - connectedAt);
            assertThat(client.session().stats().paths().get(0).rtt()).isLessThan(sinceConnected.minusMillis(900));
        }
    }

    @Test
    void shouldTellWhyASubflowCannotBeUsed() throws Exception {
        IOException cause = new IOException("no");
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 2);
            ChannelFuture connecting = connect(peers, Waiting.PATIENCE);
            transport.next().setFailure(cause);
            transport.next().setFailure(cause);
            AllPathsFailedException e = catchThrowableOfType(AllPathsFailedException.class, connecting::sync);
            assertThat(e.getSuppressed()).hasSize(2).allMatch(suppressed -> suppressed.getCause() == cause);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldLimitTheWholeAttempt() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 1);
            ChannelFuture connecting = connect(peers, Duration.ofMillis(300));
            AllPathsFailedException e = catchThrowableOfType(AllPathsFailedException.class, connecting::sync);
            assertThat(e.getSuppressed()[0].getCause()).isInstanceOf(ConnectTimeoutException.class);
            // Too late.
            transport.next().setSuccess(null);
            peers.awaitNothingLeft();
            assertThat(peers.acceptedSessions()).isZero();
        }
    }
}
