package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.session.Deadline;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionRole;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowViolationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A session core, and what channels do for it: reads and writes connections, keeps its timer. What its application does is
 * up to the subclass.
 */
abstract class SessionEndpoint implements Endpoint {

    /** An event loop comes round to a readable socket after this long at most. */
    private static final long MAX_LOOP_DELAY_NANOS = 100_000;

    final String name;
    final SessionRole role;
    final MultipathSession session;
    final EventQueue clock;
    final Trace trace;
    final FrameLedger ledger = new FrameLedger();
    final List<ConnectionEnd> ends = new ArrayList<>();
    private final SplittableRandom random;
    private final int readBatchFrames;

    int staleEvents;
    private long timerAtNanos = Deadline.NONE;

    SessionEndpoint(
            SessionRole role,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            int readBatchFrames) {
        this.name = role.toString().toLowerCase(Locale.ROOT);
        this.role = role;
        this.session = session;
        this.clock = clock;
        this.random = random;
        this.trace = trace;
        this.readBatchFrames = readBatchFrames;
    }

    // ---- what the subclass does

    /** Lets everything happen that can now; to be called after anything has changed. */
    abstract void process();

    abstract void onEvent(SessionEvent event);

    /** The core does not like a frame. */
    void onViolation(ConnectionEnd end, SubflowViolationException violation) {
        throw new AssertionError(name + " " + end.name, violation);
    }

    /** What really goes on the wire in the place of a frame. */
    Frame wired(Frame frame) {
        return frame;
    }

    // ---- connections

    /** The connection becomes a subflow. */
    final void attach(ConnectionEnd end, long handshakeRttNanos) {
        trace.add("%s: %s joins", name, end.name);
        end.subflow = session.addSubflow(ledger, handshakeRttNanos, end.offer, clock.nowNanos());
        end.subflow.attach(end);
        ends.add(end);
        onAttached(end);
        process();
    }

    /** The session knows the connection from now on. */
    void onAttached(ConnectionEnd end) {
        // Nothing to do.
    }

    static ConnectionEnd connection(Subflow subflow) {
        return (ConnectionEnd) subflow.attachment();
    }

    @Override
    public final void onReadable(ConnectionEnd end) {
        if (!end.readScheduled
                && end.in().isReadable()
                && (session.wantsInput() || end.in().isAtEnd())) {
            end.readScheduled = true;
            clock.after(random.nextLong(MAX_LOOP_DELAY_NANOS), () -> read(end));
        }
    }

    private void read(ConnectionEnd end) {
        end.readScheduled = false;
        Frame frame;
        for (int i = 0;
                i < readBatchFrames
                        && end.isOpen()
                        && session.wantsInput()
                        && (frame = end.in().read()) != null;
                i++) {
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

    void receive(ConnectionEnd end, Frame frame) {
        try {
            session.onFrame(end.subflow, frame, clock.nowNanos());
        } catch (SubflowViolationException e) {
            onViolation(end, e);
        }
    }

    @Override
    public final void onWritable(ConnectionEnd end) {
        end.writable = true;
        if (end.late != null) {
            return;
        }
        session.onWritabilityChanged(end.subflow, true);
        process();
    }

    @Override
    public final void onBroken(ConnectionEnd end) {
        onBroken(end, null);
    }

    final void onBroken(ConnectionEnd end, Throwable cause) {
        if (end.late != null) {
            return;
        }
        trace.add("%s: %s is gone %s", name, end.name, cause == null ? "" : cause);
        ends.remove(end);
        session.onSubflowFailed(end.subflow, cause, clock.nowNanos());
        process();
    }

    final void closeEnds() {
        List<ConnectionEnd> open = List.copyOf(ends);
        ends.clear();
        open.forEach(ConnectionEnd::close);
    }

    // ---- what comes out of the session

    final void transmit() {
        session.transmit(clock.nowNanos(), this::write);
    }

    private boolean write(Subflow subflow, Frame frame) {
        ConnectionEnd end = connection(subflow);
        Simulation.check(end.isOpen(), "frame for a closed connection");
        trace.addFrame(name, end, "puts", frame);
        ledger.onPut(frame);
        end.writable = end.write(wired(frame));
        return end.writable;
    }

    final void takeEvents() {
        SessionEvent event;
        while ((event = session.pollEvent()) != null) {
            trace.add("%s: %s", name, event);
            if (event instanceof SessionEvent.OfSubflow of && of.kind() == SessionEvent.OfSubflow.Kind.STALE) {
                staleEvents++;
            }
            onEvent(event);
        }
    }

    /** The core has closed a subflow by itself; if it was this end that lost it, it is closed already. */
    final void onRemoved(Subflow subflow) {
        ConnectionEnd end = connection(subflow);
        ends.remove(end);
        end.close();
    }

    final void schedule() {
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
        timerAtNanos = Deadline.NONE;
        if (session.nextDeadlineNanos() > clock.nowNanos()) {
            schedule();
            return;
        }
        askDoubtful();
        session.onTimeout(clock.nowNanos());
        process();
        Simulation.check(
                isClosed() || session.nextDeadlineNanos() > clock.nowNanos(),
                "%s: the timer would fire for ever",
                name);
    }

    /** The transports of those that are about to be called stale may know better. */
    void askDoubtful() {
        // Not all are over something that knows.
    }

    @Override
    public final boolean isClosed() {
        return session.state() == SessionState.CLOSED;
    }
}
