package dev.multipath.examples.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import java.util.concurrent.TimeUnit;

/** The end of a test's event loops. */
public final class EventLoops {

    private EventLoops() {}

    /** Ends them, and with them every channel that is left. */
    public static void shutDown(EventLoopGroup group) {
        // Without a quiet period, an event loop may end before it looks at its channels a last time.
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        assertThat(group.terminationFuture().awaitUninterruptibly(30, TimeUnit.SECONDS))
                .as("the event loops have ended")
                .isTrue();
    }
}
