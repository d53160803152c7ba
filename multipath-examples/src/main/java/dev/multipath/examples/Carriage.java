package dev.multipath.examples;

import dev.multipath.examples.stream.Transport;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.mptcp.Mptcp;
import dev.multipath.transport.mptcp.MptcpMode;
import java.util.function.UnaryOperator;

/**
 * What a command's sessions run on.
 *
 * @param sessions event loops of theirs
 * @param subflows event loops of what carries them, mostly the same
 * @param mptcp whether that is the kernel's Multipath TCP
 * @param layers what is above the bare connections: encryption, for one
 */
record Carriage(Transport sessions, Transport subflows, MptcpMode mptcp, UnaryOperator<SubflowTransport> layers) {

    /** TCP, and all on event loops of one kind. */
    static Carriage of(Transport transport, UnaryOperator<SubflowTransport> layers) {
        return new Carriage(transport, transport, MptcpMode.OFF, layers);
    }

    /** Multipath TCP, for which there is nothing but epoll. */
    Carriage with(MptcpMode mode) {
        boolean isEpollNeeded = mode != MptcpMode.OFF && Mptcp.isAvailable();
        return new Carriage(sessions, isEpollNeeded ? Transport.EPOLL : subflows, mode, layers);
    }

    /** The same for sockets that the process has inherited, below all other layers. */
    Carriage with(InheritedSockets inherited) {
        return inherited.isEmpty()
                ? this
                : new Carriage(sessions, Transport.EPOLL, mptcp, base -> layers.apply(inherited.over(base)));
    }
}
