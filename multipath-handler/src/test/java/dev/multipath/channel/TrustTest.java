package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.Path;
import dev.multipath.scheduler.RoundRobinScheduler;
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

    @Test
    void shouldSendCopiesOverAPathThatWasStuckUntilItDelivers() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(
                    peers.clientBootstrap(client).option(MultipathChannelOption.SCHEDULER, RoundRobinScheduler::new));
            Recorder server = peers.accepted();
            server.firstSubflow().config().setAutoRead(false);
            client.send(2_000_000, 50_000);
            client.awaitCount(SubflowEvent.Kind.STALE, 1);
            server.awaitReceived(2_000_000);
            Path stuck = client.events(SubflowEvent.Kind.STALE).get(0).path();

            // Replaced, while there is nothing to be sent: it has delivered nothing yet.
            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            assertThat(subflowsOn(client, stuck, link -> !link.subflow().isTrusted())
                            .call())
                    .isTrue();

            client.send(4_000_000, 50_000);
            server.awaitReceived(6_000_000);
            eventually().until(subflowsOn(client, stuck, link -> link.subflow().isTrusted()));
            assertThat(client.session().stats().paths())
                    .filteredOn(path -> path.label().equals(stuck.label()))
                    .allMatch(path -> path.bytesRetransmitted() > 0);

            // And is not suspected for ever.
            peers.serverSubflows.forEach(io.netty.channel.Channel::close);
            client.awaitCount(SubflowEvent.Kind.ADDED, 5);
            eventually().until(subflowsOn(client, stuck, link -> link.subflow().isTrusted()));
            client.channel().close().sync();
        }
    }
}
