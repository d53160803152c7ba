package dev.multipath.transport.mptcp;

import io.netty.channel.ChannelException;

/** Multipath TCP was required, and cannot be had: not on this system, or not to this peer. The message says why. */
public final class MptcpUnavailableException extends ChannelException {

    /**
     * For whoever finds out.
     *
     * @param message why
     */
    public MptcpUnavailableException(String message) {
        super(message);
    }
}
