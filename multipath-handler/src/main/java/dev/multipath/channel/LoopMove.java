package dev.multipath.channel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.concurrent.RejectedExecutionException;

/**
 * Takes a connection from its event loop to another. If that one is being shut down, it goes back and is closed where it came
 * from: there its handlers release what they hold. A loop that ends may take a connection and never close it
 * (SingleThreadIoEventLoop.run, without a quiet period), and one that has ended refuses it, whereupon its socket is closed and
 * its handlers never hear of it (AbstractChannel.AbstractUnsafe.register).
 */
final class LoopMove {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LoopMove.class);

    private LoopMove() {}

    /**
     * Begins it. The connection is not to be read meanwhile.
     *
     * @param whenThere is run on the loop that it has moved to
     * @param whenLost is run instead if it could not move, on any thread; it is closed by then, or will be
     */
    static void begin(Channel connection, EventLoop target, Runnable whenThere, Runnable whenLost) {
        EventLoop source = connection.eventLoop();
        ChannelPromise left = promiseOfNoLoop(connection);
        ChannelPromise moved = promiseOfNoLoop(connection);
        left.addListener(f -> {
            if (!left.isSuccess()) {
                moved.tryFailure(left.cause());
            } else if (target.isShuttingDown()) {
                ChannelPromise back = promiseOfNoLoop(connection);
                back.addListener(
                        g -> moved.tryFailure(new RejectedExecutionException("its session's event loop ends")));
                source.register(back);
            } else {
                target.register(moved);
            }
        });
        moved.addListener(f -> {
            if (!moved.isSuccess()) {
                LOGGER.debug("{} closed: it cannot be moved to its session's event loop", connection, moved.cause());
                end(connection, source);
                whenLost.run();
                return;
            }
            try {
                // Later, when the registration is complete.
                target.execute(whenThere);
            } catch (RejectedExecutionException e) {
                // On the last turn of that loop, which will not tell the handlers either.
                connection.close(promiseOfNoLoop(connection));
                tellOfItsEnd(connection);
                whenLost.run();
            }
        });
        connection.deregister(left);
    }

    /** Whatever has become of its loops. */
    private static void end(Channel connection, EventLoop source) {
        if (source.inEventLoop() && !connection.isRegistered()) {
            // The target has ended since it was asked, or both have. This is refused, as the socket is closed, but has
            // the
            // handlers run on the loop that they came from.
            source.register(promiseOfNoLoop(connection));
            tellOfItsEnd(connection);
            return;
        }
        connection.close(promiseOfNoLoop(connection));
    }

    /** What a loop would do that is not at its end: with that the handlers release what they hold, and leave the pipeline. */
    private static void tellOfItsEnd(Channel connection) {
        connection.pipeline().fireChannelInactive();
        connection.pipeline().fireChannelUnregistered();
    }

    /** Who completes it tells: either loop may have ended, and would tell nobody. */
    private static ChannelPromise promiseOfNoLoop(Channel connection) {
        return new DefaultChannelPromise(connection, ImmediateEventExecutor.INSTANCE);
    }
}
