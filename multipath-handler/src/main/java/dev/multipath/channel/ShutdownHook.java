package dev.multipath.channel;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;

/**
 * Ends a virtual channel with its event loop: the loop knows no I/O handle of such a channel, and so would not close
 * it when it shuts down. On the channel's event loop.
 *
 * <p>Netty calls this only when it has closed the loop's sockets. So the first subflow that such a loop closes is a
 * signal too ({@link SessionDriver}): the session ends over those that are left, with RESET {@code GOING_AWAY} ahead
 * of anything else, and its peer does not wait for it to come back. It is a last word that nobody can wait for: it is
 * lost if the peer's own next frame meets the closed connection first. With one subflow only, or on io_uring, nothing
 * can be said any more; local channels may drop it.
 */
final class ShutdownHook {

    private final Runnable hook;

    /** What to do when the loop ends; it can wait for nothing, since timers no longer fire. */
    ShutdownHook(Runnable hook) {
        this.hook = hook;
    }

    void register(EventLoop loop) {
        if (loop instanceof SingleThreadEventExecutor executor) {
            executor.addShutdownHook(hook);
        }
    }

    void deregister(EventLoop loop) {
        if (loop instanceof SingleThreadEventExecutor executor) {
            executor.removeShutdownHook(hook);
        }
    }
}
