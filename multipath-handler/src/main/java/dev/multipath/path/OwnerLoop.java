package dev.multipath.path;

import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/**
 * Says that what belongs to an event loop is touched on it: {@code assert OwnerLoop.isCurrent(eventLoop)}, which costs
 * nothing where assertions are off.
 */
public final class OwnerLoop {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(OwnerLoop.class);

    private OwnerLoop() {}

    /**
     * Whether the caller is on that loop.
     *
     * @param owner whom what is touched belongs to
     * @return true, or not at all
     * @throws AssertionError if not; it is logged too, since a pipeline or a future may keep it to itself
     */
    public static boolean isCurrent(EventLoop owner) {
        if (owner.inEventLoop()) {
            return true;
        }
        AssertionError violation = new AssertionError(
                "called on thread " + Thread.currentThread().getName() + ", which is not that of " + owner);
        LOGGER.error("what belongs to an event loop was touched on another thread", violation);
        throw violation;
    }
}
