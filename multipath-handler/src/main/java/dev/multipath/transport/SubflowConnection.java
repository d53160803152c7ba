package dev.multipath.transport;

import dev.multipath.metrics.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/**
 * What carries a subflow: a channel, and the transport that it is of, which knows what the channel does not tell.
 *
 * @param channel the subflow's
 * @param transport what it was dialled or listened with
 */
public record SubflowConnection(Channel channel, SubflowTransport transport) {

    /** {@return the ends of its path} */
    public SubflowAddresses addresses() {
        return transport.addresses(channel);
    }

    /**
     * {@return whether it may be registered with another event loop}
     *
     * @param target that loop
     */
    public boolean canMove(EventLoop target) {
        return transport.canMove(channel, target);
    }

    /**
     * {@return whether it was accepted by that listener}
     *
     * @param listener a listening channel, such as {@link SubflowTransport#listen} makes
     */
    public boolean isOver(Channel listener) {
        Channel parent = channel.parent();
        while (parent != null && parent != listener) {
            parent = parent.parent();
        }
        return parent != null;
    }

    /** {@return what it costs: {@link SubflowTransport#resources}} Of an accepted one. */
    public SubflowResources resources() {
        return transport.resources(channel);
    }

    /** {@return what the transport knows of the way below} On its event loop, now and then: {@link SubflowTransport#stats}. */
    public TransportStats stats() {
        return transport.stats(channel);
    }

    /** Has its congestion control begin anew. On its event loop: {@link SubflowTransport#restartCongestionControl}. */
    public void restartCongestionControl() {
        transport.restartCongestionControl(channel);
    }

    /** From now on every end but {@link #end} is a reset: {@link SubflowTransport#resetOnClose}. Any thread. */
    public void resetOnClose() {
        transport.resetOnClose(channel, true);
    }

    /** Takes that back. Any thread. */
    public void closeAsUsual() {
        transport.resetOnClose(channel, false);
    }

    /** Ends it in order: {@link SubflowTransport#end}. Any thread. */
    public void end() {
        transport.end(channel);
    }

    /**
     * Resets it at once: {@link SubflowTransport#reset}. Any thread.
     *
     * @param code why
     */
    public void reset(long code) {
        transport.reset(channel, code);
    }
}
