package dev.multipath.path;

import dev.multipath.codec.Frame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.JoinOffer;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * A subflow that a {@link PathManager} has brought so far that its session can take it.
 *
 * @param path the path it was dialled on
 * @param connection what carries it: a handler for its frames is to be added to its pipeline; if its event loop is not the session's, it is not
 *     read until {@code AUTO_READ} is set
 * @param handshakeRttNanos the round trip of its preface, in nanoseconds
 * @param offer what was sent behind the preface
 * @param received the frames that have come already; they are the session's now
 */
public record EstablishedSubflow(
        Path path, SubflowConnection connection, long handshakeRttNanos, JoinOffer offer, List<Frame> received) {

    /** {@return its channel} */
    public Channel channel() {
        return connection.channel();
    }

    /** Nobody takes it: closes its channel. A session that was opened for it is ended in order, or its server would keep it. */
    public void discard() {
        List<Frame> withdrawal = offer.withdrawal(received);
        if (offer.hasEarlyData() && withdrawal.isEmpty()) {
            // Nobody is to take what went along for the whole stream.
            reset();
            return;
        }
        withdrawal.forEach(frame -> channel().write(frame, channel().voidPromise()));
        received.forEach(ReferenceCountUtil::release);
        // Not at once: with something unread that would be a reset, which a peer of the base profile takes for a cut.
        connection.end();
    }

    /** Its session is given up: closes its channel, and so that nobody takes that for the end of the stream. */
    void reset() {
        received.forEach(ReferenceCountUtil::release);
        connection.reset(ResetFrame.GOING_AWAY);
    }
}
