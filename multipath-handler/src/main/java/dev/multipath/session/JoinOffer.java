package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ResetFrame;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/**
 * A client's attempt to make a subflow part of a session: for the first one a constant, for later ones from {@link
 * MultipathSession#offerJoin}.
 *
 * @param pathId the name of the subflow to be
 * @param clientNonce the client's part of the proof; {@code null} where none is asked for
 * @param frames what is to be sent right behind the preface
 */
public record JoinOffer(long pathId, OpaqueBytes clientNonce, List<Frame> frames) {

    /** In the base profile whoever knows the session's name joins. */
    public static final JoinOffer BASE = new JoinOffer(0, null, List.of());

    /** Of a session's first subflow: says that we speak the extended profile. */
    public static final JoinOffer FIRST = new JoinOffer(0, null, List.of(ControlFrame.EXTENDED));

    /**
     * What is said in a session that was asked for, and opened, but is not needed after all: its client's stream is empty, and
     * nobody reads the server's.
     */
    private static final List<Frame> WITHDRAWAL = List.of(
            new HelloFrame(HelloFrame.MINOR_VERSION, 0, WindowLimits.INITIAL_CREDIT_BYTES, 0, 1, null),
            new FinFrame(DataFrame.FIRST_FRAME_NUMBER),
            new ResetFrame(ResetFrame.NO_READER, ""));

    /**
     * The most of the stream that goes along with the request for a session: with what surrounds it, less than what a TCP sends in
     * its first round trip (RFC 6928: ten segments).
     */
    public static final int MAX_EARLY_BYTES = 12 << 10;

    /** What is said of a session with early data that is not needed after all: the stream goes on elsewhere. */
    private static final List<Frame> CUT_WITHDRAWAL = List.of(
            new HelloFrame(HelloFrame.MINOR_VERSION, 0, WindowLimits.INITIAL_CREDIT_BYTES, 0, 1, null),
            new ResetFrame(ResetFrame.INCOMPLETE, ""));

    /** {@code 00 02}, the HELLO or challenge, and some pings: a peer that sends more before it answers is not heard out. */
    private static final int MAX_RECEIVED = 8;

    /**
     * {@return this offer of a first subflow, with the stream's first bytes behind it: {@code docs/PROTOCOL.md} 3.1}
     *
     * @param bytes 1 to {@link #MAX_EARLY_BYTES}; not copied
     */
    public JoinOffer withEarlyData(byte[] bytes) {
        if (clientNonce != null || bytes.length > MAX_EARLY_BYTES) {
            throw new IllegalArgumentException(bytes.length + " bytes with " + this);
        }
        List<Frame> more = new ArrayList<>(frames);
        // Not from a pool: it does no harm if the attempt fails before it is written.
        more.add(new DataFrame(DataFrame.FIRST_FRAME_NUMBER, Unpooled.wrappedBuffer(bytes)));
        return new JoinOffer(pathId, clientNonce, List.copyOf(more));
    }

    /** {@return whether the stream's first bytes go along} */
    public boolean hasEarlyData() {
        return !frames.isEmpty() && frames.get(frames.size() - 1) instanceof DataFrame;
    }

    /**
     * {@return whether the peer has said enough for a session to take the subflow on which this was sent} What a session is asked
     * for is to be granted first; what answers a join is for the session to judge.
     *
     * @param received what has come behind the preface's answer; the last frame is new
     * @throws MultipathException if it refuses, or may not say that
     */
    public boolean isAnsweredBy(List<Frame> received) throws MultipathException {
        Frame last = received.get(received.size() - 1);
        if (!isUnderstoodBy(received)) {
            return true;
        }
        if (last instanceof ControlFrame) {
            if (received.size() == MAX_RECEIVED) {
                throw new UnexpectedFrameException(MAX_RECEIVED + " frames without an answer");
            }
            return false;
        }
        if (clientNonce != null || (last instanceof HelloFrame hello && hello.sessionKey() != null)) {
            return true;
        }
        throw last instanceof ResetFrame reset
                ? SessionResetException.by(reset)
                : new UnexpectedFrameException(last + " instead of a HELLO with the session's key");
    }

    /** Whether both ends speak the extended profile. */
    private boolean isUnderstoodBy(List<Frame> received) {
        return !frames.isEmpty()
                && Profile.isExtended(frames.get(0))
                && !received.isEmpty()
                && Profile.isExtended(received.get(0));
    }

    /**
     * {@return what is to be said on the subflow if nobody needs it after all} A session that was asked for is ended in order, or
     * its server would keep it.
     *
     * @param received what has come behind the preface's answer
     */
    public List<Frame> withdrawal(List<Frame> received) {
        if (clientNonce != null || !isUnderstoodBy(received)) {
            return List.of();
        }
        return hasEarlyData() ? CUT_WITHDRAWAL : WITHDRAWAL;
    }

    static JoinOffer proven(long pathId, OpaqueBytes clientNonce) {
        return new JoinOffer(
                pathId, clientNonce, List.of(ControlFrame.EXTENDED, new JoinRequestFrame(pathId, clientNonce)));
    }
}
