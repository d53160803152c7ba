package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowViolationException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A session core and what the channels do for it: reads and writes connections, keeps its timer, serves its application. */
final class SimulatedEndpoint implements Peer {

    /** An event loop comes round to a readable socket after this long at most. */
    private static final long MAX_LOOP_DELAY_NANOS = 100_000;

    private final String name;
    private final MultipathSession session;
    private final EventQueue clock;
    private final SplittableRandom random;
    private final Trace trace;
    private final int readBatchFrames;
    private final boolean closesWhenDone;
    private final long maxReceiveBytes;
    private final FrameCounter counter = new FrameCounter();
    private final List<ConnectionEnd> ends = new ArrayList<>();

    private SimulatedApplication application;
    private long timerAtNanos = MultipathSession.NO_DEADLINE;
    private int staleEvents;
    private boolean established;

    SimulatedEndpoint(
            String name,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            int readBatchFrames,
            boolean closesWhenDone,
            long maxReceiveBytes) {
        this.name = name;
        this.session = session;
        this.clock = clock;
        this.random = random;
        this.trace = trace;
        this.readBatchFrames = readBatchFrames;
        this.closesWhenDone = closesWhenDone;
        this.maxReceiveBytes = maxReceiveBytes;
    }

    @Override
    public void start(SimulatedApplication newApplication) {
        application = newApplication;
        application.start(this::process);
    }

    @Override
    public SimulatedApplication application() {
        return application;
    }

    @Override
    public boolean isWilling() {
        return application.isWilling(session.sendCapacityBytes());
    }

    @Override
    public long unacknowledgedBytes() {
        return isClosed() ? 0 : session.unacknowledgedBytes();
    }

    @Override
    public long bufferedReceiveBytes() {
        return session.bufferedReceiveBytes();
    }

    @Override
    public boolean hasNothingInFlight() {
        return session.unacknowledgedBytes() == 0
                && session.subflows().stream().allMatch(subflow -> subflow.inFlightBytes() == 0);
    }

    @Override
    public boolean hasConnections() {
        return !ends.isEmpty();
    }

    @Override
    public boolean isDrained() {
        return session.isDrained(clock.nowNanos());
    }

    @Override
    public long retransmittedBytes() {
        return counter.retransmittedBytes;
    }

    @Override
    public int staleEvents() {
        return staleEvents;
    }

    @Override
    public Throwable failure() {
        return session.failure();
    }

    // ---- connections

    @Override
    public boolean mayDial(boolean firstPath) {
        return switch (session.profile()) {
            case UNDECIDED -> firstPath && ends.isEmpty();
            case BASE -> true;
            case EXTENDED -> established;
        };
    }

    @Override
    public boolean acceptsJoins() {
        return isClosed() || session.acceptsJoins();
    }

    @Override
    public JoinOffer offer() {
        return session.profile() == Profile.UNDECIDED ? JoinOffer.FIRST : session.offerJoin();
    }

    @Override
    public void onJoined(ConnectionEnd end, long handshakeRttNanos) {
        if (isClosed() || session.state() == SessionState.FAILED) {
            end.close();
            return;
        }
        trace.add("%s: %s joins", name, end.name);
        end.subflow = session.addSubflow(counter, handshakeRttNanos, end.offer, clock.nowNanos());
        end.subflow.attach(end);
        ends.add(end);
        process();
    }

    @Override
    public void onReadable(ConnectionEnd end) {
        if (!end.readScheduled
                && end.in().isReadable()
                && (session.wantsInput() || end.in().isAtEnd())) {
            end.readScheduled = true;
            clock.after(random.nextLong(MAX_LOOP_DELAY_NANOS), () -> read(end));
        }
    }

    private void read(ConnectionEnd end) {
        end.readScheduled = false;
        if (!end.isOpen()) {
            return;
        }
        Frame frame;
        for (int i = 0;
                i < readBatchFrames && session.wantsInput() && (frame = end.in().read()) != null;
                i++) {
            trace.addFrame(name, end, "gets", frame);
            receive(end.subflow, frame);
        }
        if (end.in().isAtEnd()) {
            end.close();
            onBroken(end);
        } else {
            process();
        }
    }

    private void receive(Subflow subflow, Frame frame) {
        try {
            session.onFrame(subflow, frame, clock.nowNanos());
        } catch (SubflowViolationException e) {
            throw new AssertionError(name + " " + subflow.id() + " got " + frame, e);
        }
    }

    @Override
    public void onWritable(ConnectionEnd end) {
        session.onWritabilityChanged(end.subflow, true);
        process();
    }

    @Override
    public void onBroken(ConnectionEnd end) {
        trace.add("%s: %s is gone", name, end.name);
        ends.remove(end);
        session.onSubflowFailed(end.subflow, null, clock.nowNanos());
        process();
    }

    private boolean write(Subflow subflow, Frame frame) {
        ConnectionEnd end = (ConnectionEnd) subflow.attachment();
        Simulation.check(end.isOpen(), "frame for a closed connection");
        trace.addFrame(name, end, "puts", frame);
        return end.write(frame);
    }

    // ---- the loop

    /** Lets everything happen that can now; to be called after anything has changed. */
    private void process() {
        if (isClosed()) {
            return;
        }
        long before;
        do {
            before = application.readBytes();
            application.read(session::pollReceived, session.sendCapacityBytes());
            checkBounds();
            if (session.state() == SessionState.OPEN && application.write(session)) {
                checkBounds();
                session.transmit(clock.nowNanos(), this::write);
            }
        } while (application.readBytes() > before);
        if (closesWhenDone && application.isDone() && session.state() == SessionState.OPEN) {
            close();
        }
        session.transmit(clock.nowNanos(), this::write);
        takeEvents();
        if (isDrained()) {
            release();
            return;
        }
        ends.forEach(this::onReadable);
        schedule();
    }

    private void takeEvents() {
        SessionEvent event;
        while ((event = session.pollEvent()) != null) {
            trace.add("%s: %s", name, event);
            switch (event.kind()) {
                case STALE -> staleEvents++;
                case ADDED -> established = true;
                case REMOVED, REFUSED -> {
                    // By the core itself; if it was this end that lost it, it is closed already.
                    ConnectionEnd end = (ConnectionEnd) event.subflow().attachment();
                    ends.remove(end);
                    end.close();
                }
                default -> {
                    // Nothing to do for it.
                }
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
        Simulation.check(isClosed() || session.nextDeadlineNanos() > clock.nowNanos(), "the timer would fire for ever");
    }

    @Override
    public void close() {
        trace.add("%s: closes", name);
        session.close(clock.nowNanos());
        clock.after(0, this::process);
    }

    @Override
    public void release() {
        trace.add("%s: releases", name);
        session.leave(clock.nowNanos());
        session.transmit(clock.nowNanos(), this::write);
        session.release();
        ends.forEach(ConnectionEnd::close);
        ends.clear();
    }

    @Override
    public boolean isClosed() {
        return session.state() == SessionState.CLOSED;
    }

    @Override
    public String toString() {
        return String.format(
                "%s wrote %,d and read %,d B, %,d B unacknowledged, %,d B buffered of which %,d stranded, next is %d, %s",
                session.state(),
                application.writtenBytes(),
                application.readBytes(),
                session.unacknowledgedBytes(),
                session.bufferedReceiveBytes(),
                session.strandedBytes(),
                session.nextExpectedFrameNumber(),
                session.subflows().stream()
                        .map(s -> s.id() + " " + s.state() + " " + s.inFlightBytes() + " B in flight")
                        .toList());
    }

    private void checkBounds() {
        long overdrawnBytes = -session.sendCapacityBytes();
        Simulation.check(
                overdrawnBytes < Math.max(1, application.largestWriteBytes()),
                "the send buffer holds more than allowed");
        Simulation.check(
                session.bufferedReceiveBytes() <= maxReceiveBytes, "the receive buffer holds more than allowed");
        for (Subflow subflow : session.subflows()) {
            Simulation.check(subflow.inFlightBytes() >= 0, "negative bytes in flight");
        }
    }

    /** Counts what is sent again, over all subflows. */
    private static final class FrameCounter implements StatsTracker {

        private long retransmittedBytes;

        @Override
        public void onRetransmitted(int payloadBytes) {
            retransmittedBytes += payloadBytes;
        }
    }
}
