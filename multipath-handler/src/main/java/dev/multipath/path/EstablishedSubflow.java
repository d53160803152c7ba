package dev.multipath.path;

import dev.multipath.codec.Frame;
import dev.multipath.session.JoinOffer;
import io.netty.channel.Channel;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * A subflow that a {@link PathManager} has brought so far that its session can take it.
 *
 * @param path the path it was dialled on
 * @param channel a handler for its frames is to be added to its pipeline; if its event loop is not the session's, it is not
 *     read until {@code AUTO_READ} is set
 * @param handshakeRttNanos the round trip of its preface, in nanoseconds
 * @param offer what was sent behind the preface
 * @param received the frames that have come already; they are the session's now
 */
public record EstablishedSubflow(
        Path path, Channel channel, long handshakeRttNanos, JoinOffer offer, List<Frame> received) {

    /** Nobody takes it: closes its channel. */
    public void discard() {
        received.forEach(ReferenceCountUtil::release);
        channel.close();
    }
}
