package dev.multipath.channel;

import static dev.multipath.channel.Waiting.PATIENCE;
import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Scheduler;
import io.netty.channel.ChannelFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A session that cannot be made, since what an option is to supply is not to be had. */
class SessionStartFailureTest {

    private static final String MESSAGE = "no scheduler to be had";

    private final AtomicBoolean broken = new AtomicBoolean(true);
    private final Supplier<Scheduler> scheduler = () -> {
        if (broken.get()) {
            throw new IllegalStateException(MESSAGE);
        }
        return new LowestRttScheduler();
    };

    private static Throwable causeOf(ChannelFuture connecting) throws InterruptedException {
        assertThat(connecting.await(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .as("connected or failed")
                .isTrue();
        return connecting.cause();
    }

    @Test
    void shouldFreeThePlaceOfASessionThatAServerCannotMake() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .option(MultipathChannelOption.MAX_SESSIONS, 1)
                            .childOption(MultipathChannelOption.SCHEDULER, scheduler),
                    1);
            ChannelFuture refused =
                    peers.clientBootstrap(new Recorder()).connect(peers.server().localAddress());
            assertThat(causeOf(refused)).isNotNull();
            peers.awaitNothingLeft();

            broken.set(false);
            Recorder client = peers.connect();
            client.send(100_000, 1000);
            peers.accepted().awaitReceived(100_000);
            client.channel().close().sync();
        }
    }

    /** Netty finds out when it makes the session, since nobody asks whether a bootstrap's options can be. */
    @Test
    void shouldFreeThePlaceOfASessionWithAnOptionThatCannotBe() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new).childOption(MultipathChannelOption.SEND_BUFFER_BYTES, -1), 2);
            ChannelFuture refused =
                    peers.clientBootstrap(new Recorder()).connect(peers.server().localAddress());
            assertThat(causeOf(refused)).isNotNull();
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldTellOfAnOptionThatCannotBe() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            assertThat(causeOf(peers.clientBootstrap(new Recorder())
                            .option(MultipathChannelOption.MAX_REDIAL_DELAY, Duration.ofSeconds(-1))
                            .connect(peers.server().localAddress())))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(causeOf(peers.serverBootstrap(Recorder::new)
                            .option(MultipathChannelOption.MAX_SUBFLOWS, 0)
                            .bind(MultipathAddress.of(peers.transport.ephemeral()))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldFailTheConnectOfAClientThatCannotMakeTheSession() throws Exception {
        Recorder client = new Recorder();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofHours(1)),
                    2);
            ChannelFuture connecting = peers.clientBootstrap(client)
                    .option(MultipathChannelOption.SCHEDULER, scheduler)
                    .connect(peers.server().localAddress());

            assertThat(causeOf(connecting)).hasStackTraceContaining(MESSAGE);
            assertThat(connecting.channel().closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            eventually().until(() -> !connecting.channel().isRegistered());
            assertThat(client.isInactive()).as("it never was active").isFalse();
            // The server does not wait for its return either.
            peers.awaitNothingLeft();
        }
    }
}
