package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.Path;
import dev.multipath.scheduler.RoundRobinScheduler;
import io.netty.channel.Channel;
import java.util.concurrent.Callable;
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

    @Test
    void shouldSendCopiesOverAPathThatWasStuckUntilItDelivers() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
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

            // Replaced, while there is nothing to be sent: it has delivered nothing yet.
            eventually().until(() -> saw(client, SubflowEvent.Kind.REMOVED, stuck));
            eventually().until(subflowsOn(client, stuck, link -> !link.subflow().isTrusted()));

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
