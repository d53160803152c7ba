package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.session.Deadline;
import dev.multipath.session.FrameSink;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/**
 * Moves frames, bytes and time between a session and Netty. Every input ends in {@link #pump()}, which carries all that
 * the session then has to say to where it belongs, and flushes each subflow once. Runs on the session's event loop.
 */
final class SessionDriver extends DrivenInput implements MemoryAccount.Holder, SessionTimer.Owner {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(SessionDriver.class);

    private final SessionChannel channel;
    private final EventLoop eventLoop;
    private final MultipathSession session;
    private final SessionLinks links = new SessionLinks(this::session, this::pumpLater);
    private final ChannelLife life;
    private final ChannelEnd end;

    /** The pump is running. */
    private boolean pumping;

    /** It has come so far that what the application writes is sent in the next turn, and not in this one. */
    private boolean sending;

    private boolean pumpAgain;

    /** The session is given up for what this end has done wrong. */
    private boolean broken;

    private final SessionTimer timer;
    private final FrameSink sink = new LinkSink();

    SessionDriver(SessionChannel channel, EventLoop eventLoop, MultipathSession session, ChannelLife life) {
        this.channel = channel;
        this.eventLoop = eventLoop;
        this.session = session;
        this.life = life;
        end = new ChannelEnd(life, session, links);
        timer = new SessionTimer(eventLoop, SessionClock::nowNanos, session::onLook, this);
    }

    @Override
    public EventLoop eventLoop() {
        return eventLoop;
    }

    @Override
    public MultipathSession session() {
        assert OwnerLoop.isCurrent(eventLoop);
        return session;
    }

    @Override
    public SessionLinks links() {
        assert OwnerLoop.isCurrent(eventLoop);
        return links;
    }

    // ---- inputs

    /**
     * A subflow joins. Its handler is to be added by the caller, and {@link #pump()} called.
     *
     * @param handshakeRttNanos -1 if not measured
     * @param offer what a client has sent behind its preface; {@code null} on a server
     */
    SubflowLink addLink(
            SubflowConnection connection, Path path, PathMetrics metrics, long handshakeRttNanos, JoinOffer offer) {
        SubflowLink link = new SubflowLink(this, connection, path, metrics);
        Subflow subflow = session().addSubflow(metrics, handshakeRttNanos, offer, SessionClock.nowNanos());
        subflow.attach(link);
        link.subflow(subflow);
        links().add(link);
        end.onSubflowExpected();
        if (link.isSameLoop()) {
            link.channel().closeFuture().addListener(f -> onClosed(link));
        }
        return link;
    }

    /**
     * An event loop that shuts down closes its sockets one after the other, and calls the channel only when there is none
     * left. At the first of them the others can still tell the peer, who would wait for a new subflow else.
     */
    private void onClosed(SubflowLink link) {
        if (eventLoop.isShuttingDown() && life.isOpen()) {
            // Over it nothing can be said; and no pump before the channel is closed, to which its end is no news.
            links().lose(link, null);
            channel.closeNow();
        }
    }

    /** As a pump begins; what the application answers leaves by the one that follows. */
    @Override
    void onBulk() {
        if (isPumping() || !life.isOpen()) {
            return;
        }
        beginTurn();
        try {
            fireEvents();
            if (channel.decidedProfile() == session().profile()) {
                channel.input().deliverAhead(session());
            }
            pumping = false;
        } catch (RuntimeException | Error e) {
            pumping = false;
            onBroken(e);
        }
    }

    private void beginTurn() {
        pumping = true;
        sending = false;
    }

    @Override
    void onPeerFinished() {
        if (!life.isOpen()) {
            channel.side().onPeerFinished();
        }
    }

    @Override
    public void onFailure(Throwable cause) {
        channel.live().memory().onFailure(cause);
    }

    @Override
    public void onWritabilityChanged(SubflowLink link, boolean writable) {
        session().onWritabilityChanged(link.subflow(), writable);
        if (writable) {
            pump();
        }
    }

    @Override
    public void onLost(SubflowLink link, Throwable cause) {
        if (links().lose(link, cause)) {
            pump();
        }
    }

    /** Ends our direction behind what the session has taken. A peer of the base profile gets the end of both, when it has it all. */
    void shutdownOutput() {
        if (session().state() == SessionState.OPEN && session().endsDirectionsApart()) {
            session().shutdownOutput();
        }
        pumpLater();
    }

    @Override
    public boolean isOutputOpen() {
        return session().state() == SessionState.OPEN
                && life.state() != ChannelLife.State.ENDED
                && !channel.isOutputShutdownAsked();
    }

    /** The application wants to read. */
    void onReadWanted() {
        if (channel.input().hasUnread(session())) {
            pumpLater();
        }
    }

    /** Gives the session up, and tells the peer why. */
    void abort(long code, String reason) {
        session().abort(code, reason);
        // For who waits in close() already.
        pumpLater();
    }

    // ---- the pump

    @Override
    public boolean isPumping() {
        return pumping;
    }

    @Override
    public SessionStanding standing() {
        return channel.side().standing();
    }

    @Override
    public void onMemoryShort() {
        channel.evict(Shortage.MEMORY);
    }

    @Override
    public void endVictims() {
        channel.live().memory().budget().endVictims();
    }

    /** Safe to call from within itself. */
    @Override
    public void pump() {
        assert OwnerLoop.isCurrent(eventLoop);
        if (isPumping()) {
            pumpAgain = true;
            return;
        }
        try {
            do {
                pumpAgain = false;
                beginTurn();
                pumpOnce();
            } while (pumpAgain);
            pumping = false;
        } catch (RuntimeException | Error e) {
            pumping = false;
            onBroken(e);
        }
    }

    /** The session was given what the application has flushed: an answer to what is just delivered leaves in the same turn. */
    void onOutput() {
        if (!pumping || sending) {
            pump();
        }
    }

    @Override
    public void pumpLater() {
        assert OwnerLoop.isCurrent(eventLoop);
        if (isPumping()) {
            pumpAgain = true;
        } else {
            eventLoop.execute(this::pump);
        }
    }

    private void pumpOnce() {
        if (!life.isOpen()) {
            return;
        }
        onPumped();
        fireEvents();
        links().closeWithdrawn();
        channel.onSessionChanged();
        channel.input().deliver(session());
        channel.writeMore();
        if (!life.isOpen()) {
            return;
        }
        sending = true;
        long nowNanos = SessionClock.nowNanos();
        links().askTransports(session().unacknowledgedBytes(), nowNanos);
        session().transmit(nowNanos, sink);
        long beneathBytes =
                channel.input().heldBytes() + links().settle(session().wantsInput());
        channel.live().update(session(), beneathBytes, nowNanos);
        timer.arm();
        checkEnd();
    }

    /**
     * A scheduler of the application's has thrown, or this code is wrong. What was left undone is not known: the session ends
     * with that cause, or it would hang.
     */
    @Override
    void onBroken(Throwable cause) {
        if (broken) {
            // Its own end breaks: the channel must not wait for it.
            end.finishDraining();
            return;
        }
        broken = true;
        LOGGER.warn("{} is given up, since it is broken", channel, cause);
        channel.pipeline().fireExceptionCaught(cause);
        if (life.isOpen()) {
            onFailure(cause);
            boolean outOfMemory = cause instanceof OutOfMemoryError;
            session()
                    .abort(
                            outOfMemory ? ResetFrame.GOING_AWAY : ResetFrame.INTERNAL_ERROR,
                            outOfMemory ? "out of memory" : "");
            channel.closeItself();
            // For who waits in close() already.
            pump();
        }
    }

    private void fireEvents() {
        SessionEvent event;
        while (life.isOpen() && (event = session().pollEvent()) != null) {
            channel.tell(event);
        }
    }

    // ---- the end

    @Override
    public ChannelEnd end() {
        return end;
    }

    @Override
    public void endIfWithoutSubflow() {
        assert OwnerLoop.isCurrent(eventLoop);
        end.onSubflowExpected();
        checkEnd();
    }

    /** Sends what was taken, and waits for what the peer has to say to it, if there is anything to wait for; then calls back. */
    void drain(Runnable whenDrained) {
        assert OwnerLoop.isCurrent(eventLoop);
        end.drain(whenDrained, SessionClock.nowNanos());
        pump();
    }

    /** The event loop ends: nothing is waited for from now on. */
    void endNow() {
        assert OwnerLoop.isCurrent(eventLoop);
        end.endNow();
    }

    private void checkEnd() {
        end.update();
        ChannelLife.State state = life.state();
        if (state == ChannelLife.State.ENDED || state == ChannelLife.State.LEAVING) {
            channel.side().onSessionOver();
        }
        if (state == ChannelLife.State.ENDED) {
            channel.writeMore();
            if (!channel.input().hasUnread(session())) {
                channel.onStreamEnd(StreamEnd.cause(session()));
            }
        } else if (state == ChannelLife.State.ACTIVE && end.isEndedByShutdown(channel.isOutputShutdownAsked())) {
            channel.onStreamEnd(null);
        }
        end.finishIfDrained();
    }

    /**
     * The channel has closed.
     *
     * @param cut whether the peer must not take this for the end of the stream
     * @return what tells that the peer may not have got all that was taken, or its end; else null
     */
    SessionClosedException release(boolean cut) {
        assert OwnerLoop.isCurrent(eventLoop);
        timer.cancel();
        long nowNanos = SessionClock.nowNanos();
        try {
            return end.release(sink, nowNanos);
        } finally {
            end.closeSubflows(cut, channel.live().memory().isEvicted());
            channel.live().close(session().failure(), nowNanos);
        }
    }

    @Override
    public String toString() {
        return channel.toString();
    }

    // ---- time

    @Override
    public long deadlineNanos() {
        return life.isOpen() && session.failure() == null ? session.nextDeadlineNanos() : Deadline.NONE;
    }

    @Override
    public void onTimer() {
        if (life.isOpen()) {
            try {
                long nowNanos = SessionClock.nowNanos();
                links().askDoubtful(nowNanos);
                session().onTimeout(nowNanos);
            } catch (RuntimeException | Error e) {
                onBroken(e);
            }
            pump();
        }
    }
}
