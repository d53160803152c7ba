package dev.multipath.channel;

import dev.multipath.path.OwnerLoop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;

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
        return of(channel, channel.newPromise(), change);
    }

    /** As {@link #of(Channel, ChannelChange)}, with the caller's promise. */
    static ChannelFuture of(Channel channel, ChannelPromise promise, ChannelChange change) {
        if (!channel.isActive()) {
            promise.tryFailure(inactive(channel));
            return promise;
        }
        OwnerLoop.run(channel.eventLoop(), () -> perform(channel, promise, change), promise::tryFailure);
        return promise;
    }

    private static void perform(Channel channel, ChannelPromise promise, ChannelChange change) {
        if (!promise.setUncancellable()) {
            return;
        }
        if (!channel.isActive()) {
            promise.tryFailure(inactive(channel));
            return;
        }
        try {
            change.perform(promise);
        } catch (RuntimeException e) {
            promise.tryFailure(e);
        }
    }

    private static Exception inactive(Channel channel) {
        if (!channel.isOpen() || channel.localAddress() != null) {
            // It was active, and may be open still because it waits for its peer.
            return new ClosedChannelException();
        }
        return channel instanceof ServerChannel ? new NotYetBoundException() : new NotYetConnectedException();
    }
}
