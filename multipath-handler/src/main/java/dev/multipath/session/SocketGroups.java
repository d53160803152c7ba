package dev.multipath.session;

import dev.multipath.codec.PathSocketFrame;

/**
 * Which subflows are sockets of one path: a client knows, and tells the server, so that each end limits what it sends on all of them
 * together. {@code docs/PROTOCOL.md} 4.7.
 */
final class SocketGroups {

    private final SessionRole role;
    private final SubflowSet subflows;
    private long numbers;

    SocketGroups(SessionRole role, SubflowSet subflows) {
        this.role = role;
        this.subflows = subflows;
    }

    /** The server is told of a subflow that is one of several, behind this end's HELLO. */
    void tell(SubflowControl subflow) {
        SubflowTerms terms = subflow.terms();
        boolean mayBeTold = role == SessionRole.CLIENT && subflow.handshake().greeted;
        if (mayBeTold && terms.sockets != null && terms.group == SubflowTerms.NO_GROUP) {
            terms.group = numberOf(terms);
            subflow.outbox().add(new PathSocketFrame(terms.group));
        }
    }

    private long numberOf(SubflowTerms terms) {
        for (SubflowControl other : subflows.members()) {
            if (other.terms().sockets == terms.sockets && other.terms().group != SubflowTerms.NO_GROUP) {
                return other.terms().group;
            }
        }
        return numbers++;
    }

    /** The peer's word; its first one holds, and only for what this end does not know itself. */
    void onTold(SubflowControl subflow, long group) {
        SubflowTerms terms = subflow.terms();
        if (role != SessionRole.SERVER || terms.sockets != null) {
            return;
        }
        terms.sockets = terms.limits.sockets();
        for (SubflowControl other : subflows.members()) {
            if (other.terms().group == group) {
                terms.sockets = other.terms().sockets;
            }
        }
        terms.group = group;
        subflow.couple(terms.sockets);
    }
}
