package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.Path;
import dev.multipath.scheduler.RoundRobinScheduler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A path on which data got stuck is dialled again, but has to show that it delivers before it is relied on. */
class TrustTest {

    /** Whether all subflows that the session has on that path, one at least, are like that. */
    private static Callable<Boolean> subflowsOn(Recorder end, Path path, Predicate<SubflowLink> like) {
        return () -> end.channel()
                .eventLoop()
                .submit(() -> {
                    var links = end.session().driver().links().on(path);
                    return !links.isEmpty() && links.stream().allMatch(like);
                })
                .get();
    }

    private static boolean saw(Recorder end, SubflowEvent.Kind kind, Path path) {
        return end.events(kind).stream().anyMatch(event -> event.path().equals(path));
    }

    /** What it may carry at once is not known later: copies of what is not acknowledged yet prove it. */
    private static final class Watcher extends Recorder {

        private final Map<Path, List<Boolean>> trustedWhenAdded = new ConcurrentHashMap<>();

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SubflowEvent subflow && subflow.kind() == SubflowEvent.Kind.ADDED) {
                Path path = subflow.path();
                boolean trusted = session().driver().links().on(path).stream()
                        .allMatch(link -> link.subflow().isTrusted());
                trustedWhenAdded
                        .computeIfAbsent(path, any -> new CopyOnWriteArrayList<>())
                        .add(trusted);
            }
            super.userEventTriggered(ctx, event);
        }

        private List<Boolean> trustedWhenAdded(Path path) {
            return trustedWhenAdded.getOrDefault(path, List.of());
        }
    }

    @Test
    void shouldSendCopiesOverAPathThatWasStuckUntilItDelivers() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Watcher client = new Watcher();
            peers.connect(
                    peers.clientBootstrap(client).option(MultipathChannelOption.SCHEDULER, RoundRobinScheduler::new));
            Recorder server = peers.accepted();
            Channel deaf = server.firstSubflow();
            Path stuck = peers.server().localAddress().paths().stream()
                    .filter(path -> path.remote().equals(deaf.localAddress()))
                    .findFirst()
                    .orElseThrow();
            deaf.config().setAutoRead(false);
            client.send(2_000_000, 50_000);
            // On a busy machine the other may be stale too, for a while.
            eventually().until(() -> saw(client, SubflowEvent.Kind.STALE, stuck));
            server.awaitReceived(2_000_000);

            // Replaced: it has delivered nothing yet.
            eventually().until(() -> saw(client, SubflowEvent.Kind.REMOVED, stuck));
            eventually().until(() -> client.trustedWhenAdded(stuck).size() > 1);
            assertThat(client.trustedWhenAdded(stuck)).startsWith(true, false);

            client.send(4_000_000, 50_000);
            server.awaitReceived(6_000_000);
            eventually().until(subflowsOn(client, stuck, link -> link.subflow().isTrusted()));
            assertThat(client.session().stats().paths())
                    .filteredOn(path -> path.label().equals(stuck.label()))
                    .allMatch(path -> path.bytesRetransmitted() > 0);

            // And is not suspected for ever.
            peers.serverSubflows.forEach(Channel::close);
            client.awaitCount(SubflowEvent.Kind.ADDED, 5);
            eventually().until(subflowsOn(client, stuck, link -> link.subflow().isTrusted()));
            client.channel().close().sync();
        }
    }
}
