package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that only receives, while a path swallows what its server sends: it has to dial that path again. */
class SilentDirectionTest {

    /** As a path that lets nothing pass: what is written vanishes, but looks sent. */
    private static final class Swallower extends ChannelDuplexHandler {
        volatile boolean swallows;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (swallows) {
                ReferenceCountUtil.release(message);
                promise.trySuccess();
            } else {
                ctx.write(message, promise);
            }
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            subflow = ctx.channel();
        }

        Channel subflow;
    }

    @Requirement("PATH-17")
    @ParameterizedTest(name = "extended profile: {0}")
    @ValueSource(booleans = {true, false})
    void shouldDialAgainWhatTheServerCannotSendOn(boolean extended) throws Exception {
        List<Swallower> paths = new CopyOnWriteArrayList<>();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            SubflowTransport tracking = Peers.tracking(peers.serverSubflows).withInitializer(subflow -> {
                Swallower swallower = new Swallower();
                subflow.pipeline().addFirst(swallower);
                paths.add(swallower);
            });
            peers.listen(
                    peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracking), 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                    // So that nobody finds it by chance.
                    .option(MultipathChannelOption.PROBE_INTERVAL, Duration.ofHours(1)));
            Recorder server = peers.accepted();
            server.send(1_000_000, 50_000);
            client.awaitReceived(1_000_000);

            Swallower victim = paths.stream()
                    .filter(path -> path.subflow.isActive())
                    .findFirst()
                    .orElseThrow();
            victim.swallows = true;
            // Until the server has tried it.
            long total = 1_000_000;
            while (client.count(SubflowEvent.Kind.ADDED) < 3 && total < 1_000_000_000) {
                server.send(1_000_000, 50_000);
                total += 1_000_000;
                client.awaitReceived(total);
            }
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
            eventually().until(() -> !victim.subflow.isActive());
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }
}
