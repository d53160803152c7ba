package dev.multipath.session.sim;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.Deadline;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.JoinRefusedException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionRole;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowViolationException;
import dev.multipath.session.sim.EndPlan.Action;
import dev.multipath.session.sim.EndPlan.Ending;
import dev.multipath.session.sim.EndpointChecks.Outcome;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** A session core of the extended profile, what a path manager does for it, and an application that follows its plan. */
final class EventfulEndpoint extends PlannedEndpoint {

    /** An end that comes before the session is put off by so much. */
    private static final long NOT_YET_NANOS = 10_000_000;

    final EndpointChecks checks;
    private final EndActions actions;

    private boolean mayEnd;
    private boolean shutDown;
    private boolean established;
    private boolean attemptFailed;
    private int offers;
    private long closedAtNanos = Deadline.NONE;
    private final Solitude solitude = new Solitude();
    private boolean saidLastWords;
    private FinishedSession remains;
    private long leftAtNanos;
    private long settledAtNanos = Deadline.NONE;

    EventfulEndpoint(
            SessionRole role,
            EndPlan plan,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            int readBatchFrames,
            boolean mayEnd,
            UnaryOperator<Frame> wire) {
        super(role, plan, 0, session, clock, random, trace, readBatchFrames, wire);
        this.mayEnd = mayEnd;
        checks = new EndpointChecks(this);
        actions = new EndActions(role, session);
    }

    @Override
    public void start(SimulatedApplication newApplication) {
        super.start(newApplication);
        for (Action action : plan.actions()) {
            clock.after(action.atNanos(), () -> act(action));
        }
        if (plan.ending() == Ending.CLOSE_AT || plan.ending() == Ending.ABORT_AT) {
            clock.after(plan.endAtNanos(), this::endNow);
        }
    }

    // ---- connections

    /** What to send behind a preface, or null if this is no time to dial. */
    JoinOffer offer(RedialledPath path) {
        if (established) {
            boolean needed = session.failure() == null && (!session.isOver() || session.owesLastWord());
            return needed ? session.offerJoin() : null;
        }
        // One path asks for the session, the others join.
        return offers++ == 0 ? JoinOffer.FIRST : null;
    }

    /** The client's end of a connection is closed. */
    void onConnectionClosed(JoinOffer offer) {
        attemptFailed |= offer == JoinOffer.FIRST && !established;
    }

    @Override
    public void onJoined(ConnectionEnd end, long handshakeRttNanos) {
        if (isClosed() && remembers()) {
            joinLate(end);
            return;
        }
        if (role == SessionRole.SERVER && isClosed()) {
            // Its listener knows no such session.
            end.write(ControlFrame.EXTENDED);
            end.write(new ResetFrame(ResetFrame.UNKNOWN_SESSION, ""));
            end.close();
            return;
        }
        if (isClosed() || session.failure() != null || (role == SessionRole.SERVER && !session.acceptsJoins())) {
            end.close();
            return;
        }
        attach(end, handshakeRttNanos);
    }

    // ---- after the end

    /** Whether it can still say its last word to a peer that comes back, or goes on to bring it. */
    boolean remembers() {
        return remains != null
                && clock.nowNanos() - leftAtNanos < remains.keptFor().toNanos();
    }

    /** Whether a client dials no more. */
    boolean isDone() {
        return isClosed() && !remembers();
    }

    private void joinLate(ConnectionEnd end) {
        trace.add("%s: %s joins late", name, end.name);
        end.late = remains.join(end.offer);
        end.late.greeting().forEach(frame -> sayLate(end, frame));
    }

    private void sayLate(ConnectionEnd end, Frame frame) {
        trace.addFrame(name, end, "puts", frame);
        ledger.onPut(frame);
        end.write(wired(frame));
    }

    @Override
    void receive(ConnectionEnd end, Frame frame) {
        if (end.late == null) {
            super.receive(end, frame);
            return;
        }
        try {
            end.late.onFrame(frame).forEach(answer -> sayLate(end, answer));
        } catch (SubflowViolationException e) {
            end.close();
        }
        if (end.late.isConfirmed()) {
            trace.add("%s: need not stay any longer", name);
            remains = null;
            end.close();
        }
    }

    @Override
    void onViolation(ConnectionEnd end, SubflowViolationException violation) {
        if (!(violation instanceof JoinRefusedException)) {
            super.onViolation(end, violation);
        }
        end.close();
        onBroken(end, violation);
    }

    // ---- the loop

    @Override
    void process() {
        if (isClosed()) {
            return;
        }
        takeEvents();
        serveApplication();
        if (!saidLastWords) {
            transmit();
        }
        takeEvents();
        checks.check();
        if (session.failure() != null && !saidLastWords) {
            saidLastWords = true;
            checks.onFailure();
            closeEnds();
        }
        if (isFinished()) {
            leave();
            return;
        }
        flow.checkGrant(ends);
        ends.forEach(this::onReadable);
        schedule();
    }

    private void serveApplication() {
        long before;
        do {
            before = application().readBytes();
            if (closedAtNanos == Deadline.NONE) {
                application().read(this::poll, session.sendCapacityBytes());
            }
            if (canWrite() && application().write(session)) {
                checks.check();
                transmit();
            }
        } while (application().readBytes() > before);
        if (application().hasWrittenAll() && mayEnd && session.state() == SessionState.OPEN && established()) {
            switch (plan.ending()) {
                case HALF_CLOSE -> {
                    shutDown = true;
                    session.shutdownOutput();
                }
                case CLOSE_WHEN_WRITTEN -> close();
                case CLOSE_AFTER_INPUT -> {
                    if (session.isInputEnded()) {
                        close();
                    }
                }
                case CLOSE_WHEN_DONE -> {
                    if (application().isDone()) {
                        close();
                    }
                }
                case CLOSE_AT, ABORT_AT, CLOSE_AT_REST -> {
                    // The time comes by itself, or is told.
                }
            }
        }
    }

    private boolean canWrite() {
        return session.state() == SessionState.OPEN && established();
    }

    /** A server has the session with its first subflow. */
    private boolean established() {
        return role == SessionRole.SERVER ? session.profile() == Profile.EXTENDED : established;
    }

    @Override
    void onEvent(SessionEvent event) {
        if (event instanceof SessionEvent.OfSubflow ofSubflow) {
            onEvent(ofSubflow.kind(), ofSubflow.subflow());
        } else if (event instanceof SessionEvent.OfAddress ofAddress) {
            onEvent(ofAddress.kind(), ofAddress.address());
        }
    }

    private void onEvent(SessionEvent.OfAddress.Kind kind, InetSocketAddress address) {
        switch (kind) {
            case ADDED -> actions.onAdded(address);
            case REMOVED -> actions.onRemoved(address);
        }
    }

    private void onEvent(SessionEvent.OfSubflow.Kind kind, Subflow subflow) {
        switch (kind) {
            case ADDED -> {
                established = true;
                if (session.subflows().size() == 1) {
                    solitude.onJoined(clock.nowNanos());
                }
                RedialledPath path = connection(subflow).path;
                if (path != null) {
                    path.onEstablished();
                }
            }
            case REFUSED -> onRemoved(subflow);
            case REMOVED -> {
                onRemoved(subflow);
                if (session.subflows().isEmpty()) {
                    solitude.onLost(session.nextExpectedFrameNumber(), clock.nowNanos());
                }
            }
            default -> {
                // The checks ask the session itself.
            }
        }
    }

    // ---- what the application does

    private void act(Action action) {
        if (!isClosed() && session.failure() == null && session.profile() == Profile.EXTENDED) {
            trace.add("%s: %s", name, action);
            actions.act(action, clock.nowNanos());
            process();
        }
    }

    private void endNow() {
        if (isClosed() || session.failure() != null) {
            return;
        }
        if (!established()) {
            clock.after(NOT_YET_NANOS, this::endNow);
            return;
        }
        if (plan.ending() == Ending.ABORT_AT) {
            trace.add("%s: aborts", name);
            closedAtNanos = clock.nowNanos();
            session.abort(plan.abortCode(), "because");
        } else {
            close();
        }
        process();
    }

    @Override
    public void close() {
        trace.add("%s: closes", name);
        closedAtNanos = clock.nowNanos();
        session.close(clock.nowNanos());
    }

    /** From now on it reads what comes. */
    void settle() {
        settledAtNanos = clock.nowNanos();
        application().settle();
    }

    /** It need not stay any longer. */
    void mayEnd() {
        mayEnd = true;
        process();
    }

    // ---- the end

    private boolean isFinished() {
        if (session.failure() != null) {
            return !session.hasReceived() || closedAtNanos != Deadline.NONE;
        }
        return session.state() == SessionState.DRAINING
                ? session.isDrained(clock.nowNanos())
                : session.isOver() && session.isInputEnded();
    }

    private void leave() {
        checks.onLeave();
        session.leave(clock.nowNanos());
        if (!saidLastWords) {
            transmit();
        }
        remains = session.remains();
        leftAtNanos = clock.nowNanos();
        release();
    }

    @Override
    public void release() {
        trace.add("%s: releases", name);
        session.release();
        closeEnds();
    }

    /** The simulation is over: lets go of everything without a word. */
    void discard() {
        session.release();
        ends.clear();
    }

    // ---- for the checks

    @Override
    public Outcome outcome() {
        return checks.outcome();
    }

    boolean hasSubflow() {
        return !session.subflows().isEmpty();
    }

    boolean mayEndNow() {
        return mayEnd;
    }

    /** When all faults were over, or {@link Deadline#NONE}. */
    long settledAtNanos() {
        return settledAtNanos;
    }

    boolean hasShutDown() {
        return shutDown;
    }

    long nowNanos() {
        return clock.nowNanos();
    }

    /** When it was without subflows. */
    Solitude solitude() {
        return solitude;
    }

    /** When it closed or aborted, or {@link Deadline#NONE}. */
    long closedAtNanos() {
        return closedAtNanos;
    }

    /** Whether the client's first subflow was lost before there was a session. */
    boolean hasAttemptFailed() {
        return attemptFailed;
    }

    Set<InetSocketAddress> addresses() {
        return actions.addresses();
    }
}
