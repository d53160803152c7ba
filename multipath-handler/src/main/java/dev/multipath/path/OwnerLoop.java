package dev.multipath.path;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** What belongs to an event loop is touched on it: how to get there, and how to say that one is there. */
public final class OwnerLoop {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(OwnerLoop.class);

    private OwnerLoop() {}

    /**
     * Whether the caller is on that loop: {@code assert OwnerLoop.isCurrent(eventLoop)}, which costs nothing where assertions
     * are off.
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

    /**
     * Runs a task on a loop: at once if the caller is on it. Any thread.
     *
     * @param owner whom what the task touches belongs to
     * @param task not run if the loop has ended, with which everything that belongs to it was closed
     */
    public static void run(EventExecutor owner, Runnable task) {
        run(owner, task, ended -> {});
    }

    /**
     * As {@link #run(EventExecutor, Runnable)}, for a caller who has something left to do if the loop has ended.
     *
     * @param owner whom what the task touches belongs to
     * @param task what to run
     * @param onEnded called instead, on the caller's thread
     */
    public static void run(EventExecutor owner, Runnable task, Consumer<? super RejectedExecutionException> onEnded) {
        if (owner.inEventLoop()) {
            task.run();
            return;
        }
        try {
            owner.execute(task);
        } catch (RejectedExecutionException e) {
            onEnded.accept(e);
        }
    }
}
