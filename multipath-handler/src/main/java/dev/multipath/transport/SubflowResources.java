package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * What an accepted subflow costs its host, for a server that has to choose who goes when something is short.
 *
 * @param restingBytes what the transport holds beneath one that does nothing: memory of its own, that of the process and not the
 *     kernel's
 * @param hasDescriptor whether it has a file descriptor of its own
 * @param reclaim has all of it given back at once, of a subflow that has been reset: whether or not its peer has been told. On the
 *     subflow's event loop
 * @param released done when all of that is free again, on the subflow's event loop: it may be later than the subflow's own end
 */
public record SubflowResources(long restingBytes, boolean hasDescriptor, Runnable reclaim, Future<?> released) {

    /**
     * {@return a descriptor, and no memory to speak of, until it is closed}
     *
     * @param subflow the channel
     */
    public static SubflowResources ofSocket(Channel subflow) {
        return new SubflowResources(0, true, subflow::close, subflow.closeFuture());
    }
}
