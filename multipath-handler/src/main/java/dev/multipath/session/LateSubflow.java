package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A subflow that joins a session after this end has left it: proves both ends as in a living session, and then says what was
 * said last. A state machine without I/O or clock, for one thread at a time.
 */
public final class LateSubflow {

    private final JoinProtocol joins;
    private final List<Frame> lastWords;
    private final Handshake handshake;
    private final ArrayDeque<Frame> outbox = new ArrayDeque<>();
    private boolean proved;
    private boolean confirmed;

    LateSubflow(JoinProtocol joins, List<Frame> lastWords, JoinOffer offer) {
        this.joins = joins;
        this.lastWords = lastWords;
        Handshake.State first = offer == null ? Handshake.State.EXPECTING : Handshake.State.REQUESTED;
        handshake = Handshake.of(first, offer, Deadline.NONE);
        if (offer == null) {
            outbox.add(ControlFrame.EXTENDED);
        }
    }

    /** {@return what a server sends behind its answer to the preface; nothing on a client, which has sent its offer} */
    public List<Frame> greeting() {
        return takeOutbox();
    }

    /**
     * A frame has come.
     *
     * @param frame is taken over, whatever comes of it
     * @return what to send for it, in order
     * @throws SubflowViolationException if the peer has not proved itself, or may not send that; the subflow is to be closed
     */
    public List<Frame> onFrame(Frame frame) throws SubflowViolationException {
        try {
            if (frame instanceof ResetFrame reset && handshake.peerIsExtended) {
                onReset(reset);
            } else if (!proved) {
                synchronized (joins) {
                    proved = joins.onFrame(handshake, outbox, frame);
                }
                if (proved) {
                    outbox.addAll(lastWords);
                }
            }
            // Whatever else a peer says that has not heard yet that it is over changes nothing.
            return takeOutbox();
        } finally {
            ReferenceCountUtil.release(frame);
        }
    }

    private void onReset(ResetFrame reset) throws JoinRefusedException {
        boolean forgotten = joins.role() == SessionRole.CLIENT && reset.code() == ResetFrame.UNKNOWN_SESSION;
        if (!proved && !forgotten) {
            throw JoinRefusedException.by(reset);
        }
        confirmed = true;
    }

    private List<Frame> takeOutbox() {
        List<Frame> frames = new ArrayList<>(outbox);
        outbox.clear();
        return frames;
    }

    /** {@return whether the peer has proved itself, so that it has been told} */
    public boolean isAnswered() {
        return proved;
    }

    /** {@return whether the peer needs nothing any more: it has said so, or does not know the session} */
    public boolean isConfirmed() {
        return confirmed;
    }
}
