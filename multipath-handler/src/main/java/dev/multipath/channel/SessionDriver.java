package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.MultipathMessage;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.session.Deadline;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.FrameSink;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowViolationException;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves frames, bytes and time between a session and Netty. Every input ends in {@link #pump()}, which carries all that
 * the session then has to say to where it belongs, and flushes each subflow once. Runs on the session's event loop.
 */
final class SessionDriver implements SubflowOwner, MemoryAccount.Holder {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(SessionDriver.class);

    /**
     * One read can bring tens of thousands of small frames: more than the session holds for the application, and more
     * acknowledgements than should wait.
     */
    private static final int MAX_FRAMES_PER_PUMP = 1024;

    /** From this size on a payload is part of a read buffer that is worth to be used again while it is in the cache. */
    private static final int BULK_BYTES = 4 << 10;

    /** How far the pump has come. */
    private enum Turn {
        /** It is not running. */
        NONE,
        /** What the application writes is sent in this turn. */
        TAKING,
        /** What it writes is sent in the next turn. */
        SENDING
    }

    private enum State {
        OPEN,
        /** The application has closed: waits for the session to drain. */
        DRAINING,
        /** Nothing more will come: what was received in order is still to be read. */
        ENDED,
        RELEASED
    }

    private final MultipathChannel channel;
    private final EventLoop eventLoop;
    private final MultipathSession session;
    private final List<SubflowLink> links = new ArrayList<>();

    /** Those of them that close when another delivers. */
    private final List<SubflowLink> withdrawn = new ArrayList<>();

    private State state = State.OPEN;
    private Turn turn = Turn.NONE;
    private boolean pumpAgain;
    private int framesSincePump;
    private boolean hadSubflow;
    private boolean endingNow;
    private boolean broken;
    private Runnable onDrained;
    private boolean outputShutdown;
    private FinishedSession remains;
    private List<SubflowLink> left = List.of();

    private final SessionTimer timer;
    private final FrameSink sink = this::write;

    SessionDriver(MultipathChannel channel, EventLoop eventLoop, MultipathSession session) {
        this.channel = channel;
        this.eventLoop = eventLoop;
        this.session = session;
        timer = new SessionTimer(eventLoop, this::onTimer);
    }

    @Override
    public EventLoop eventLoop() {
        return eventLoop;
    }

    /** Whoever changes the session, or looks at it, comes by here. */
    MultipathSession session() {
        assert OwnerLoop.isCurrent(eventLoop);
        return session;
    }

    List<SubflowLink> links() {
        assert OwnerLoop.isCurrent(eventLoop);
        return links;
    }

    /** {@return the subflows on a path, a copy} */
    List<SubflowLink> linksOn(Path path) {
        return links().stream().filter(link -> link.path().equals(path)).toList();
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
        hadSubflow = true;
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
        if (eventLoop.isShuttingDown() && state != State.RELEASED) {
            // Over it nothing can be said; and no pump before the channel is closed, to which its end is no news.
            lose(link, null);
            channel.closeNow();
        }
    }

    /** A frame of a subflow on this loop; {@link #pump()} follows when its read is complete. */
    @Override
    public void onFrame(SubflowLink link, Frame frame) {
        boolean bulk = frame instanceof DataFrame data && data.payload().readableBytes() >= BULK_BYTES;
        onFrame(link, frame, SessionClock.nowNanos());
        if (++framesSincePump >= MAX_FRAMES_PER_PUMP) {
            pump();
        } else if (bulk && !isPumping() && state != State.RELEASED) {
            deliverAhead();
        }
    }

    /** As a pump begins; what the application answers leaves by the one that follows. */
    private void deliverAhead() {
        turn = Turn.TAKING;
        try {
            fireEvents();
            if (channel.profile() == session().profile()) {
                channel.input().deliverAhead();
            }
            turn = Turn.NONE;
        } catch (RuntimeException | Error e) {
            turn = Turn.NONE;
            onBroken(e);
        }
    }

    private void onFrame(SubflowLink link, Frame frame, long nowNanos) {
        try {
            session().onFrame(link.subflow(), frame, nowNanos);
            if (state == State.RELEASED && frame instanceof ResetFrame) {
                channel.side().onPeerFinished();
            }
        } catch (SubflowViolationException e) {
            onLost(link, e);
            link.abort();
        } catch (RuntimeException | Error e) {
            onBroken(e);
        }
    }

    @Override
    public void onDataBegun(SubflowLink link) {
        try {
            session().onDataBegun(link.subflow(), SessionClock.nowNanos());
            link.admitData();
        } catch (SubflowViolationException e) {
            onLost(link, e);
            link.abort();
        }
    }

    @Override
    public void onFailure(Throwable cause) {
        channel.memory().onFailure(cause);
    }

    @Override
    public void onBatch(SubflowLink link, List<MultipathMessage> batch) {
        long nowNanos = SessionClock.nowNanos();
        for (MultipathMessage message : batch) {
            if (message instanceof Frame frame) {
                onFrame(link, frame, nowNanos);
            } else {
                ReferenceCountUtil.release(message);
            }
        }
        pump();
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
        if (lose(link, cause)) {
            pump();
        }
    }

    private boolean lose(SubflowLink link, Throwable cause) {
        boolean known = links().remove(link);
        if (known) {
            session().onSubflowFailed(link.subflow(), cause, SessionClock.nowNanos());
        }
        return known;
    }

    /** Closes a subflow that another one replaces; what it carried goes to others. */
    void drop(SubflowLink link) {
        close(link, PathCloseFrame.REPLACED, "");
    }

    /** The address of these is withdrawn: they close as soon as another delivers, as the session must not die of it. */
    void withdraw(List<SubflowLink> links) {
        withdrawn.addAll(links);
        closeWithdrawn();
    }

    private void closeWithdrawn() {
        if (withdrawn.isEmpty()) {
            return;
        }
        withdrawn.retainAll(links());
        if (links().stream().anyMatch(link -> link.isSettled() && !withdrawn.contains(link))) {
            List<SubflowLink> closing = List.copyOf(withdrawn);
            withdrawn.clear();
            closing.forEach(link -> close(link, PathCloseFrame.REMOVED, ""));
        }
    }

    /** Closes a subflow, and tells the peer why; what it carried goes to others. */
    void close(SubflowLink link, long code, String reason) {
        if (session().profile() == Profile.EXTENDED && link.isMember()) {
            // On itself too, or the peer might see its end before it hears from another subflow what it means.
            link.write(new PathCloseFrame(link.subflow().pathId(), code, reason));
            link.flush();
        }
        session().closeSubflow(link.subflow(), code, reason, SessionClock.nowNanos());
        pumpLater();
    }

    /** Ends our direction behind what the session has taken. A peer of the base profile gets the end of both, when it has it all. */
    void shutdownOutput() {
        assert OwnerLoop.isCurrent(eventLoop);
        outputShutdown = true;
        if (session().state() == SessionState.OPEN && session().profile() != Profile.BASE) {
            session().shutdownOutput();
        }
        pumpLater();
    }

    /** Whether the session takes bytes from the application. */
    boolean isOutputOpen() {
        return session().state() == SessionState.OPEN && !outputShutdown;
    }

    /** Sends what was taken, waits for its acknowledgement, then calls back. */
    void drain(Runnable whenDrained) {
        assert OwnerLoop.isCurrent(eventLoop);
        onDrained = whenDrained;
        if (state == State.OPEN && !endingNow) {
            state = State.DRAINING;
            session().close(SessionClock.nowNanos());
        }
        pump();
    }

    /**
     * From now on nothing is waited for: not the peer's acknowledgements, nor that it closes its ends. What the application has
     * not ended is cut, and the peer is told so; first of all, as there may be no room for anything behind more data.
     */
    void endNow() {
        assert OwnerLoop.isCurrent(eventLoop);
        endingNow = true;
        if (state == State.OPEN
                && session().profile() == Profile.EXTENDED
                && !session().isOver()) {
            session().abort(ResetFrame.GOING_AWAY, "");
        }
        if (onDrained != null) {
            checkEnd();
        }
    }

    boolean isEndingNow() {
        return endingNow;
    }

    /** Ends everything. Returns what tells that the peer may not have got all that was taken, or its end; else null. */
    SessionClosedException release() {
        assert OwnerLoop.isCurrent(eventLoop);
        if (state == State.RELEASED) {
            return null;
        }
        boolean cut = isCut();
        state = State.RELEASED;
        timer.cancel();
        left = List.copyOf(links());
        SessionClosedException unfinished = StreamEnd.unfinished(session());
        if (unfinished != null && endingNow) {
            session().abort(ResetFrame.GOING_AWAY, "");
        }
        long nowNanos = SessionClock.nowNanos();
        try {
            session().leave(nowNanos);
            // Acknowledgements that are due must not be lost: the peer may wait for them before it closes.
            session().transmit(nowNanos, sink);
            remains = session().remains();
        } finally {
            session().release();
            closeLinks(cut);
            channel.live().close(nowNanos);
        }
        return unfinished;
    }

    /**
     * Whether the stream does not end here as the application wants it. A peer of the base profile can be told so by nothing
     * but that all its connections are reset, those included that have not joined yet.
     */
    boolean isCut() {
        if (session().profile() == Profile.EXTENDED) {
            return false;
        }
        return switch (state) {
            case OPEN -> true;
            case DRAINING -> session().failure() != null || !session().isOutputFinished();
            case ENDED, RELEASED -> StreamEnd.cause(session()) != null;
        };
    }

    /** After the release: what is to be kept of the session for its peer; or null. */
    FinishedSession remains() {
        return remains;
    }

    /** After the release: the subflows over which the last word was said. */
    List<SubflowLink> left() {
        return left;
    }

    private void closeLinks(boolean cut) {
        links().clear();
        for (SubflowLink link : left) {
            if (channel.memory().isEvicted()) {
                link.discardInput();
            }
            if (cut || (channel.memory().isEvicted() && link.isBackedUp())) {
                link.reset();
            } else if (endingNow) {
                link.closeNow();
            } else {
                link.close();
            }
        }
    }

    // ---- the pump

    @Override
    public boolean isPumping() {
        return turn != Turn.NONE;
    }

    @Override
    public SessionStanding standing() {
        return channel.accepted() == null ? null : channel.accepted().standing();
    }

    @Override
    public void onMemoryShort() {
        channel.evict(Shortage.MEMORY);
    }

    @Override
    public void endVictims() {
        channel.memory().budget().endVictims();
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
                turn = Turn.TAKING;
                pumpOnce();
            } while (pumpAgain);
            turn = Turn.NONE;
        } catch (RuntimeException | Error e) {
            turn = Turn.NONE;
            onBroken(e);
        }
    }

    /** The session was given what the application has flushed: an answer to what is just delivered leaves in the same turn. */
    void onOutput() {
        if (turn != Turn.TAKING) {
            pump();
        }
    }

    /** Pumps soon, but not from within the caller: for what may be called by whom the pump has called. */
    void pumpLater() {
        assert OwnerLoop.isCurrent(eventLoop);
        if (isPumping()) {
            pumpAgain = true;
        } else {
            eventLoop.execute(this::pump);
        }
    }

    private void pumpOnce() {
        if (state == State.RELEASED) {
            return;
        }
        framesSincePump = 0;
        fireEvents();
        closeWithdrawn();
        channel.onSessionChanged();
        channel.readFromSession();
        channel.output().writeMore();
        if (state == State.RELEASED) {
            return;
        }
        turn = Turn.SENDING;
        long nowNanos = SessionClock.nowNanos();
        session().transmit(nowNanos, sink);
        boolean reading = session().wantsInput();
        long beneathBytes = channel.input().heldBytes();
        for (int i = 0; i < links().size(); i++) {
            beneathBytes += links().get(i).settle(reading);
        }
        channel.live().update(session(), beneathBytes, nowNanos);
        startTimer();
        checkEnd();
    }

    /**
     * A scheduler of the application's has thrown, or this code is wrong. What was left undone is not known: the session ends
     * with that cause, or it would hang.
     */
    private void onBroken(Throwable cause) {
        if (broken) {
            // Its own end breaks: the channel must not wait for it.
            finishDraining();
            return;
        }
        broken = true;
        LOGGER.warn("{} is given up, since it is broken", channel, cause);
        channel.pipeline().fireExceptionCaught(cause);
        if (state != State.RELEASED) {
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

    private boolean write(Subflow subflow, Frame frame) {
        return ((SubflowLink) subflow.attachment()).write(frame);
    }

    private void fireEvents() {
        SessionEvent event;
        while (state != State.RELEASED && (event = session().pollEvent()) != null) {
            channel.events().tell(event);
            if (event.kind() == SessionEvent.Kind.REMOVED || event.kind() == SessionEvent.Kind.REFUSED) {
                detach(event.subflow());
            }
        }
    }

    /** The session has done with a subflow; without a cause by our own will, if its channel is still there. */
    void forget(SubflowLink link, Throwable cause) {
        if (!links().remove(link)) {
            return;
        }
        if (cause == null) {
            // In order, since a reset could destroy the word of it on its way.
            link.close();
        } else {
            link.abort();
        }
    }

    /** What was sent on it and is not acknowledged refers to it yet, and must not keep its channel. */
    private static void detach(Subflow subflow) {
        subflow.attach(null);
    }

    // ---- the end

    /** The subflow that the session was made for did not come. */
    void endIfWithoutSubflow() {
        assert OwnerLoop.isCurrent(eventLoop);
        hadSubflow = true;
        checkEnd();
    }

    private void checkEnd() {
        boolean over = isOver();
        if (state == State.OPEN && over) {
            state = State.ENDED;
        }
        if (state == State.ENDED) {
            channel.side().onSessionOver();
        }
        if (state == State.ENDED && !channel.input().hasUnread(session()) && onDrained == null) {
            channel.onStreamEnd(StreamEnd.cause(session()));
        } else if (state == State.OPEN && isBaseOutputEnded()) {
            channel.onStreamEnd(null);
        }
        if (onDrained != null
                && (over || endingNow || state == State.ENDED || session().isDrained(SessionClock.nowNanos()))) {
            finishDraining();
        }
    }

    private void finishDraining() {
        Runnable callback = onDrained;
        onDrained = null;
        if (callback != null) {
            callback.run();
        }
    }

    /** Whether nothing can come any more. */
    private boolean isOver() {
        boolean lost = hadSubflow && links().isEmpty() && !session().isSuspended();
        return lost || session().failure() != null || session().isOver();
    }

    /** A peer of the base profile knows no end of one direction: both end when it has everything. */
    private boolean isBaseOutputEnded() {
        return outputShutdown
                && session().profile() == Profile.BASE
                && session().unacknowledgedBytes() == 0;
    }

    @Override
    public String toString() {
        return channel.toString();
    }

    // ---- time

    private void startTimer() {
        long deadlineNanos = session().nextDeadlineNanos();
        if (deadlineNanos != Deadline.NONE && session().failure() == null && state != State.RELEASED) {
            timer.arm(deadlineNanos);
        }
    }

    private void onTimer() {
        if (state != State.RELEASED) {
            try {
                session().onTimeout(SessionClock.nowNanos());
            } catch (RuntimeException | Error e) {
                onBroken(e);
            }
            pump();
        }
    }
}
