package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.ResetFrame;
import java.time.Duration;
import java.util.List;

/**
 * What is left of a session of the extended profile that one end has left in order, and of which the other end may not have
 * heard yet: its key, and what was said last. Enough to say it again on a subflow that joins late, which has to prove itself as
 * any other does: nobody else can tell a peer that all has arrived. {@code docs/PROTOCOL.md} 4.5. Thread-safe.
 */
public final class FinishedSession {

    private final ConnectionId connectionId;
    private final JoinProtocol joins;
    private final HelloFrame hello;
    private final CumulativeAckFrame ack;
    private final ResetFrame lastWord;
    private final Duration keptFor;

    FinishedSession(
            ConnectionId connectionId,
            JoinProtocol joins,
            HelloFrame hello,
            CumulativeAckFrame ack,
            ResetFrame lastWord,
            Duration keptFor) {
        this.connectionId = connectionId;
        this.joins = joins;
        this.hello = hello;
        this.ack = ack;
        this.lastWord = lastWord;
        this.keptFor = keptFor;
    }

    /** {@return the session's name} */
    public ConnectionId connectionId() {
        return connectionId;
    }

    /** {@return how long the peer may come back for it: as long as the session would have waited for it} */
    public Duration keptFor() {
        return keptFor;
    }

    /**
     * A subflow that was accepted by its preface, after the session's end.
     *
     * @param offer what a client has sent behind the preface; {@code null} on a server
     * @return what to do with its frames
     */
    public LateSubflow join(JoinOffer offer) {
        return new LateSubflow(joins, List.of(hello, ack, lastWord), offer);
    }
}
