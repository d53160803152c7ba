package dev.multipath.channel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.RejectedExecutionException;

/**
 * Something that an application asks of an active channel, from any thread: carried out on the channel's event loop. What it
 * throws becomes the failure of its future.
 */
@FunctionalInterface
interface ChannelChange {

    /** Does it, and completes the promise, now or later. */
    void perform(ChannelPromise promise);

    /** Has a change carried out; fails if the channel is not active, or no longer when its turn comes. */
    static ChannelFuture of(Channel channel, ChannelChange change) {
        ChannelPromise promise = channel.newPromise();
        if (!channel.isActive()) {
            return promise.setFailure(inactive(channel));
        }
        EventLoop loop = channel.eventLoop();
        if (loop.inEventLoop()) {
            perform(channel, change, promise);
            return promise;
        }
        try {
            loop.execute(() -> perform(channel, change, promise));
        } catch (RejectedExecutionException e) {
            promise.setFailure(new ClosedChannelException());
        }
        return promise;
    }

    private static void perform(Channel channel, ChannelChange change, ChannelPromise promise) {
        if (!channel.isActive()) {
            promise.setFailure(inactive(channel));
            return;
        }
        try {
            change.perform(promise);
        } catch (RuntimeException e) {
            promise.tryFailure(e);
        }
    }

    private static Exception inactive(Channel channel) {
        if (!channel.isOpen()) {
            return new ClosedChannelException();
        }
        return channel instanceof ServerChannel ? new NotYetBoundException() : new NotYetConnectedException();
    }
}
