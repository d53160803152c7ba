package dev.multipath.channel;

import dev.multipath.channel.ChannelLife.State;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.FrameSink;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionResetException;
import java.util.List;

/**
 * How a channel's session ends: what is waited for, whether the stream is whole, and how the subflows are closed. Moves {@link
 * ChannelLife} on. On the session's event loop.
 */
final class ChannelEnd {

    private final ChannelLife life;
    private final MultipathSession session;

    /** The session's, as they are now. */
    private final SessionLinks links;

    private boolean hadSubflow;

    /** Nothing is waited for any more: not the peer's acknowledgements, nor that it closes its ends. */
    private boolean endingNow;

    /** Who waits in {@code close()}; or null. */
    private Runnable onDrained;

    private FinishedSession remains;
    private List<SubflowLink> left = List.of();

    ChannelEnd(ChannelLife life, MultipathSession session, SessionLinks links) {
        this.life = life;
        this.session = session;
        this.links = links;
    }

    // ---- what leads to it

    /** A session that has had a subflow ends with the last one; or if the one that it was made for did not come. */
    void onSubflowExpected() {
        hadSubflow = true;
    }

    /**
     * From now on nothing is waited for. What the application has not ended is cut, and the peer is told so; first of all, as
     * there may be no room for anything behind more data.
     */
    void endNow() {
        endingNow = true;
        if ((life.state() == State.ACTIVE || life.state() == State.CONNECTING)
                && session.hasEndFrames()
                && !session.isOver()) {
            session.abort(ResetFrame.GOING_AWAY, "");
        }
        finishIfDrained();
    }

    boolean isEndingNow() {
        return endingNow;
    }

    /** The channel is closed by the application, or by itself; {@link #drain} follows. */
    void beginClose() {
        if (endingNow) {
            update();
        }
        if (life.state() == State.ENDED) {
            life.become(State.LEAVING);
        } else {
            life.become(endingNow ? State.STOPPING : State.DRAINING);
        }
    }

    /** Sends what was taken, waits for its acknowledgement as far as there is something to wait for, then calls back. */
    void drain(Runnable whenDrained, long nowNanos) {
        onDrained = whenDrained;
        if (life.state() == State.DRAINING) {
            session.close(nowNanos);
        }
    }

    /** Looks whether all is over: once a pump. */
    void update() {
        if (life.state() == State.ACTIVE && isOver()) {
            life.become(State.ENDED);
        }
    }

    void finishIfDrained() {
        if (onDrained != null && isDrained()) {
            finishDraining();
        }
    }

    private boolean isDrained() {
        return isOver() || endingNow || life.state() == State.LEAVING || session.isDrained(SessionClock.nowNanos());
    }

    /** Whatever is still waited for. */
    void finishDraining() {
        Runnable callback = onDrained;
        onDrained = null;
        if (callback != null) {
            callback.run();
        }
    }

    /** Whether nothing can come any more. */
    private boolean isOver() {
        boolean lost = hadSubflow && links.all().isEmpty() && !session.isSuspended();
        return lost || session.failure() != null || session.isOver();
    }

    // ---- what it is like

    /** Why nothing that is written now is ever sent; null if it may be. */
    MultipathException outputFailure() {
        if (session.failure() != null || life.state() != State.ENDED) {
            return session.failure();
        }
        MultipathException cause = StreamEnd.cause(session);
        return cause != null
                ? cause
                : new SessionClosedException("the session has ended", session.unacknowledgedBytes(), null);
    }

    /** A peer of the base profile knows no end of one direction: both end when it has everything. */
    boolean isEndedByShutdown(boolean outputShutdown) {
        return outputShutdown && !session.endsDirectionsApart() && session.unacknowledgedBytes() == 0;
    }

    /**
     * Whether the stream does not end here as the application wants it. A peer of the base profile can be told so by nothing
     * but that all its connections are reset, those included that have not joined yet.
     */
    boolean isCut() {
        if (session.hasEndFrames()) {
            return false;
        }
        return switch (life.state()) {
            case OPEN, CONNECTING, ACTIVE, STOPPING -> true;
            case DRAINING -> session.failure() != null || !session.isOutputFinished();
            case ENDED, LEAVING, CLOSED -> StreamEnd.cause(session) != null;
        };
    }

    /**
     * The channel has closed: says the last words, and lets go of the session. {@link #closeSubflows} is to follow, whatever this
     * throws.
     *
     * @return what tells that the peer may not have got all that was taken, or its end; else null
     */
    SessionClosedException release(FrameSink sink, long nowNanos) {
        left = List.copyOf(links.all());
        SessionClosedException unfinished = StreamEnd.unfinished(session);
        if (unfinished != null && endingNow) {
            session.abort(ResetFrame.GOING_AWAY, "");
        }
        try {
            session.leave(nowNanos);
            // Acknowledgements that are due must not be lost: the peer may wait for them before it closes.
            session.transmit(nowNanos, sink);
            remains = session.remains();
        } finally {
            session.release();
        }
        return unfinished;
    }

    /**
     * Closes the subflows that are left.
     *
     * @param cut whether {@link #isCut} was true before the channel closed
     * @param evicted whether it has to be rid of what it holds
     */
    void closeSubflows(boolean cut, boolean evicted) {
        for (SubflowLink link : links.takeAll()) {
            if (evicted) {
                link.discardInput();
            }
            if (cut || (evicted && link.isBackedUp())) {
                link.reset(resetCode());
            } else if (endingNow) {
                link.closeNow();
            } else {
                link.close();
            }
        }
    }

    /** What the session was given up with, if somebody has given it up: a base peer hears of it by nothing else. */
    private long resetCode() {
        return session.failure() instanceof SessionResetException reset ? reset.code() : ResetFrame.GOING_AWAY;
    }

    /** After the release: what is to be kept of the session for its peer; or null. */
    FinishedSession remains() {
        return remains;
    }

    /** After the release: the subflows over which the last word was said. */
    List<SubflowLink> left() {
        return left;
    }
}
