package dev.multipath.channel;

import static dev.multipath.channel.Waiting.PATIENCE;
import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.Preface;
import dev.multipath.path.MultipathAddress;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.testing.OneIn;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dialling that nobody wants any more: closed or cancelled before there is a session, or just when there is one. */
class ConnectCancelTest {

    private final Recorder application = new Recorder();

    private static ServerSocket silentListener() throws Exception {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @Test
    void shouldGiveUpWhenClosedWhileConnecting() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = silentListener()) {
            ChannelFuture connecting =
                    peers.clientBootstrap(application).connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            eventually().until(() -> !peers.clientSubflows.isEmpty());
            connecting.channel().close().sync();
            assertThat(connecting.await().cause()).isInstanceOf(ClosedChannelException.class);
            eventually().until(peers.clientSubflows::isEmpty);
        }
    }

    @Test
    void shouldGiveUpWhenTheConnectIsCancelled() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = silentListener()) {
            ChannelFuture connecting =
                    peers.clientBootstrap(application).connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            eventually().until(() -> !peers.clientSubflows.isEmpty());
            assertThat(connecting.cancel(true)).isTrue();
            assertThat(connecting.cause()).isInstanceOf(CancellationException.class);
            assertThat(connecting.channel().closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            eventually().until(peers.clientSubflows::isEmpty);
        }
    }

    /** The peer has been asked for a session, and may answer yet; but not for ever, and not for as long as an attempt may take. */
    @OneIn(2)
    @ParameterizedTest
    @CsvSource({"true,600000", "true,0", "false,600000", "false,0"})
    void shouldSoonStopWaitingForAnAnswerThatNobodyWants(boolean closed, int timeoutMillis) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = silentListener()) {
            ChannelFuture connecting = peers.clientBootstrap(application)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
                    .connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            try (Socket asked = silent.accept()) {
                assertThat(asked.getInputStream().readNBytes(Preface.LENGTH)).hasSize(Preface.LENGTH);
                if (closed) {
                    connecting.channel().close().sync();
                } else {
                    assertThat(connecting.cancel(true)).isTrue();
                }
                eventually().until(peers.clientSubflows::isEmpty);
                assertThat(connecting.channel().closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
            }
        }
    }

    /** The word of it comes to the event loop when the session is there. */
    @Test
    void shouldTellOfNoEndWithoutABeginningWhenItIsCancelledAtTheLastMoment() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        CompletableFuture<ChannelFuture> toCancel = new CompletableFuture<>();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofHours(1)),
                    1);
            ChannelFuture connecting = peers.clientBootstrap(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelActive(ChannelHandlerContext ctx) {
                            events.add("active");
                        }

                        @Override
                        public void channelInactive(ChannelHandlerContext ctx) {
                            events.add("inactive");
                        }
                    })
                    .option(MultipathChannelOption.SCHEDULER, () -> {
                        CompletableFuture.runAsync(() -> toCancel.join().cancel(true))
                                .join();
                        return new LowestRttScheduler();
                    })
                    .connect(peers.server().localAddress());
            toCancel.complete(connecting);

            assertThat(connecting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(connecting.isCancelled()).isTrue();
            assertThat(connecting.channel().closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            eventually().until(() -> !connecting.channel().isRegistered());
            assertThat(events).isIn(List.of(), List.of("active", "inactive"));
            peers.awaitNothingLeft();
        }
    }
}
