package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionRole;
import dev.multipath.session.SessionState;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** An end of a scenario: a session core with an application, which follows the end's plan, and what must hold at any time. */
abstract class PlannedEndpoint extends SessionEndpoint implements Peer {

    final EndPlan plan;
    final FlowChecks flow;
    private final UnaryOperator<Frame> wire;
    private SimulatedApplication application;

    PlannedEndpoint(
            SessionRole role,
            EndPlan plan,
            int peersFrameBytes,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            int readBatchFrames,
            UnaryOperator<Frame> wire) {
        super(role, session, clock, random, trace, readBatchFrames);
        this.plan = plan;
        this.wire = wire;
        flow = new FlowChecks(name, session, plan.config(), peersFrameBytes, ledger);
    }

    @Override
    public void start(SimulatedApplication newApplication) {
        application = newApplication;
        application.start(this::process);
    }

    @Override
    public final SimulatedApplication application() {
        return application;
    }

    @Override
    final Frame wired(Frame frame) {
        return wire.apply(frame);
    }

    // ---- what the application reads

    /** What has come in order, after a failure too. */
    final ByteBuf poll() {
        ByteBuf bytes = session.pollReceived();
        if (bytes != null) {
            flow.onPolled(bytes.readableBytes());
        }
        return bytes;
    }

    // ---- for the checks

    final boolean isOpen() {
        return session.state() == SessionState.OPEN;
    }

    @Override
    public final boolean isWilling() {
        return application.isWilling(session.sendCapacityBytes());
    }

    @Override
    public final long unacknowledgedBytes() {
        return isClosed() ? 0 : session.unacknowledgedBytes();
    }

    @Override
    public final long bufferedReceiveBytes() {
        return session.bufferedReceiveBytes();
    }

    @Override
    public final boolean hasConnections() {
        return !ends.isEmpty();
    }

    @Override
    public final boolean isDrained() {
        return session.isDrained(clock.nowNanos());
    }

    @Override
    public final FrameLedger ledger() {
        return ledger;
    }

    @Override
    public final int staleEvents() {
        return staleEvents;
    }

    @Override
    public final Throwable failure() {
        return session.failure();
    }

    @Override
    public final boolean hasNothingInFlight() {
        return session.unacknowledgedBytes() == 0
                && session.subflows().stream().allMatch(subflow -> subflow.inFlightBytes() == 0);
    }

    @Override
    public String toString() {
        return String.format(
                "%s, %s, wrote %,d and read %,d B, %,d B unacknowledged, %,d B buffered of which %,d stranded, next is %d,"
                        + " %s%s, %s",
                session.state(),
                session.failure(),
                application.writtenBytes(),
                application.readBytes(),
                session.unacknowledgedBytes(),
                session.bufferedReceiveBytes(),
                session.strandedBytes(),
                session.nextExpectedFrameNumber(),
                session.isSuspended() ? "suspended " : "",
                session.subflows().stream()
                        .map(s -> s.id() + " " + s.state() + " " + s.inFlightBytes() + " B in flight")
                        .toList(),
                ledger);
    }
}
