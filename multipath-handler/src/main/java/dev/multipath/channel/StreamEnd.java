package dev.multipath.channel;

import dev.multipath.codec.TruncatedFrameException;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.TruncatedStreamException;

/**
 * What is to be thought of the end of a session's stream: whether it is whole, at this end and at the other.
 *
 * <p>The base profile has no FIN. There a stream is cut if it ends with a hole, inside a frame, with bytes
 * unacknowledged, or after the disorderly loss of any subflow since which the peer has answered nothing. If a network
 * closes all paths in order between two frames, that cannot be told from the peer's end.
 */
final class StreamEnd {

    private StreamEnd() {}

    /** Why the stream ended without our doing, or null if nothing speaks against the peer's having closed it. */
    static MultipathException cause(MultipathSession session) {
        if (session.failure() != null || session.isOver()) {
            return session.failure();
        }
        Throwable loss = session.unansweredLoss();
        if (session.strandedBytes() > 0 || loss instanceof TruncatedFrameException) {
            return new TruncatedStreamException(
                    "the stream ended before frame " + session.nextExpectedFrameNumber() + " had arrived", loss);
        }
        if (session.unacknowledgedBytes() > 0) {
            return new SessionClosedException(
                    "the session ended with " + session.unacknowledgedBytes() + " bytes unacknowledged",
                    session.unacknowledgedBytes(),
                    loss);
        }
        return loss == null
                ? null
                : new MultipathException("a subflow failed, and nothing tells that the peer went on without it", loss);
    }

    /** What tells that the peer may not have got all that was taken, or its end; else null. */
    static SessionClosedException unfinished(MultipathSession session) {
        if (session.isOutputFinished()) {
            return null;
        }
        long unacknowledgedBytes = session.unacknowledgedBytes();
        return new SessionClosedException(
                "closed with " + unacknowledgedBytes + " bytes"
                        + (session.hasEndFrames() ? " and the end of the stream" : "")
                        + " unacknowledged",
                unacknowledgedBytes,
                session.failure());
    }
}
