package dev.multipath.transport;

import io.netty.channel.Channel;

/**
 * What an accepted subflow costs its host, for a server that has to choose who goes when something is short.
 *
 * @param restingBytes what the transport holds beneath one that does nothing: memory of its own, that of the process and not the
 *     kernel's
 * @param hasDescriptor whether it has a file descriptor of its own
 * @param holder the channel that holds all of that until it is closed, which may be later than the subflow's own end; in its pipeline {@link
 *     TransportMemory} is told. Of the subflow's event loop
 * @param reclaim has all of it given back at once, of a subflow that has ended: whether or not its peer has been told. On the
 *     subflow's event loop
 */
public record SubflowResources(long restingBytes, boolean hasDescriptor, Channel holder, Runnable reclaim) {

    /**
     * {@return a descriptor, and no memory to speak of, until it is closed}
     *
     * @param subflow the channel
     */
    public static SubflowResources ofSocket(Channel subflow) {
        return new SubflowResources(0, true, subflow, subflow::close);
    }
}
