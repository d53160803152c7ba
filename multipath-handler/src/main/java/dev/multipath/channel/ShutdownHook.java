package dev.multipath.channel;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;

/**
 * Ends a virtual channel with its event loop: the loop knows no I/O handle of such a channel, and so would not close it when
 * it shuts down. On the channel's event loop.
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
