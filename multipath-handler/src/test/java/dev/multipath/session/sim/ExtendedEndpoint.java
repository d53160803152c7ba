package dev.multipath.session.sim;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.ResetFrame;
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
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * A session core of the extended profile, what channels and path manager do for it, and an application that follows its
 * plan.
 */
final class ExtendedEndpoint implements Endpoint {

    /** An event loop comes round to a readable socket after this long at most. */
    private static final long MAX_LOOP_DELAY_NANOS = 100_000;

    /** An end that comes before the session is put off by so much. */
    private static final long NOT_YET_NANOS = 10_000_000;

    final SessionRole role;
    final String name;
    final EndPlan plan;
    final MultipathSession session;
    private final EventQueue clock;
    private final SplittableRandom random;
    private final Trace trace;
    private final int readBatchFrames;
    private final UnaryOperator<Frame> wire;
    final FrameLedger ledger = new FrameLedger();
    final EndpointChecks checks;
    private final EndActions actions;
    private final List<ConnectionEnd> ends = new ArrayList<>();

    private SimulatedApplication application;
    private boolean mayEnd;
    private boolean shutDown;
    private boolean established;
    private boolean attemptFailed;
    private int offers;
    private long timerAtNanos = MultipathSession.NO_DEADLINE;
    private long closedAtNanos = MultipathSession.NO_DEADLINE;
    private long aloneSinceNanos = MultipathSession.NO_DEADLINE;
    private boolean saidLastWords;

    ExtendedEndpoint(
            SessionRole role,
            EndPlan plan,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            int readBatchFrames,
            boolean mayEnd,
            UnaryOperator<Frame> wire) {
        this.role = role;
        this.name = role.toString().toLowerCase(java.util.Locale.ROOT);
        this.plan = plan;
        this.session = session;
        this.clock = clock;
        this.random = random;
        this.trace = trace;
        this.readBatchFrames = readBatchFrames;
        this.mayEnd = mayEnd;
        this.wire = wire;
        checks = new EndpointChecks(this);
        actions = new EndActions(role, session);
    }

    void start(SimulatedApplication newApplication) {
        application = newApplication;
        application.start(this::process);
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
            return session.failure() == null && !session.isOver() ? session.offerJoin() : null;
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
        trace.add("%s: %s joins", name, end.name);
        end.subflow = session.addSubflow(ledger, handshakeRttNanos, end.offer, clock.nowNanos());
        end.subflow.attach(end);
        ends.add(end);
        process();
    }

    @Override
    public void onReadable(ConnectionEnd end) {
        if (!end.readScheduled && end.in().isReadable()) {
            end.readScheduled = true;
            clock.after(random.nextLong(MAX_LOOP_DELAY_NANOS), () -> read(end));
        }
    }

    private void read(ConnectionEnd end) {
        end.readScheduled = false;
        Frame frame;
        for (int i = 0; i < readBatchFrames && end.isOpen() && (frame = end.in().read()) != null; i++) {
            trace.addFrame(name, end, "gets", frame);
            ledger.onGot(frame);
            receive(end, frame);
        }
        if (end.isOpen() && end.in().isAtEnd()) {
            // The first subflow may have made the session, and be gone.
            takeEvents();
            end.close();
            onBroken(end);
        } else {
            process();
        }
    }

    private void receive(ConnectionEnd end, Frame frame) {
        try {
            session.onFrame(end.subflow, frame, clock.nowNanos());
        } catch (JoinRefusedException e) {
            end.close();
            onBroken(end, e);
        } catch (SubflowViolationException e) {
            throw new AssertionError(name + " " + end.name, e);
        }
    }

    @Override
    public void onWritable(ConnectionEnd end) {
        end.writable = true;
        session.onWritabilityChanged(end.subflow, true);
        process();
    }

    @Override
    public void onBroken(ConnectionEnd end) {
        onBroken(end, null);
    }

    private void onBroken(ConnectionEnd end, Throwable cause) {
        trace.add("%s: %s is gone %s", name, end.name, cause == null ? "" : cause);
        ends.remove(end);
        session.onSubflowFailed(end.subflow, cause, clock.nowNanos());
        process();
    }

    private boolean write(Subflow subflow, Frame frame) {
        ConnectionEnd end = (ConnectionEnd) subflow.attachment();
        Simulation.check(end.isOpen(), "frame for a closed connection");
        trace.addFrame(name, end, "puts", frame);
        ledger.onPut(frame);
        end.writable = end.write(wire.apply(frame));
        return end.writable;
    }

    // ---- the loop

    /** Lets everything happen that can now; to be called after anything has changed. */
    private void process() {
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
        checks.checkGrant(ends);
        ends.forEach(this::onReadable);
        schedule();
    }

    private void transmit() {
        session.transmit(clock.nowNanos(), this::write);
    }

    private void serveApplication() {
        long before;
        do {
            before = application.readBytes();
            if (closedAtNanos == MultipathSession.NO_DEADLINE) {
                application.read(this::poll, session.sendCapacityBytes());
            }
            if (canWrite() && application.write(session)) {
                checks.check();
                transmit();
            }
        } while (application.readBytes() > before);
        if (application.hasWrittenAll() && mayEnd && session.state() == SessionState.OPEN && established()) {
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
                case CLOSE_AT, ABORT_AT -> {
                    // The time comes by itself.
                }
            }
        }
    }

    /** After a failure too: what had come in order by then. */
    private ByteBuf poll() {
        ByteBuf bytes = session.pollReceived();
        if (bytes != null) {
            checks.onPolled(bytes.readableBytes());
        }
        return bytes;
    }

    private boolean canWrite() {
        return session.state() == SessionState.OPEN && established();
    }

    /** A server has the session with its first subflow. */
    private boolean established() {
        return role == SessionRole.SERVER ? session.profile() == Profile.EXTENDED : established;
    }

    private void takeEvents() {
        SessionEvent event;
        while ((event = session.pollEvent()) != null) {
            trace.add(
                    "%s: %s %s",
                    name, event.subflow() == null ? "" : event.subflow().id(), event.kind());
            onEvent(event);
        }
    }

    private void onEvent(SessionEvent event) {
        ConnectionEnd end =
                event.subflow() == null ? null : (ConnectionEnd) event.subflow().attachment();
        switch (event.kind()) {
            case ADDED -> {
                established = true;
                aloneSinceNanos = MultipathSession.NO_DEADLINE;
                if (end.path != null) {
                    end.path.onEstablished();
                }
            }
            case REMOVED, REFUSED -> {
                ends.remove(end);
                end.close();
                if (session.subflows().isEmpty() && event.kind() == SessionEvent.Kind.REMOVED) {
                    aloneSinceNanos = clock.nowNanos();
                }
            }
            case ADDRESS_ADDED -> actions.onAdded(event.address());
            case ADDRESS_REMOVED -> actions.onRemoved(event.address());
            default -> {
                // The checks ask the session itself.
            }
        }
    }

    private void schedule() {
        long deadlineNanos = session.nextDeadlineNanos();
        if (deadlineNanos < timerAtNanos) {
            timerAtNanos = deadlineNanos;
            clock.at(deadlineNanos, () -> onTimer(deadlineNanos));
        }
    }

    private void onTimer(long dueNanos) {
        if (timerAtNanos != dueNanos || isClosed()) {
            return;
        }
        timerAtNanos = MultipathSession.NO_DEADLINE;
        if (session.nextDeadlineNanos() > clock.nowNanos()) {
            schedule();
            return;
        }
        session.onTimeout(clock.nowNanos());
        process();
        Simulation.check(
                isClosed() || session.nextDeadlineNanos() > clock.nowNanos(),
                "%s: the timer would fire for ever",
                name);
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

    private void close() {
        trace.add("%s: closes", name);
        closedAtNanos = clock.nowNanos();
        session.close(clock.nowNanos());
    }

    /** From now on it reads what comes. */
    void settle() {
        application.settle();
    }

    /** It need not stay any longer. */
    void mayEnd() {
        mayEnd = true;
        process();
    }

    // ---- the end

    private boolean isFinished() {
        if (session.failure() != null) {
            return !session.hasReceived() || closedAtNanos != MultipathSession.NO_DEADLINE;
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
        release();
    }

    /** Ends at once and lets go of everything. */
    void release() {
        trace.add("%s: releases", name);
        session.release();
        closeEnds();
    }

    /** The simulation is over: lets go of everything without a word. */
    void discard() {
        session.release();
        ends.clear();
    }

    private void closeEnds() {
        List<ConnectionEnd> open = List.copyOf(ends);
        ends.clear();
        open.forEach(ConnectionEnd::close);
    }

    @Override
    public boolean isClosed() {
        return session.state() == SessionState.CLOSED;
    }

    // ---- for the checks

    boolean hasSubflow() {
        return !session.subflows().isEmpty();
    }

    boolean mayEndNow() {
        return mayEnd;
    }

    boolean hasShutDown() {
        return shutDown;
    }

    SimulatedApplication application() {
        return application;
    }

    long nowNanos() {
        return clock.nowNanos();
    }

    /** When it lost its last subflow, or {@link MultipathSession#NO_DEADLINE}. */
    long aloneSinceNanos() {
        return aloneSinceNanos;
    }

    /** When it closed or aborted, or {@link MultipathSession#NO_DEADLINE}. */
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

    @Override
    public String toString() {
        return checks.toString();
    }
}
