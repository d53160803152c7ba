package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionRole;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.session.sim.EndPlan.Ending;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** A session core of either profile whose application reads and writes all there is, and perhaps closes then. */
final class DeliveryEndpoint extends PlannedEndpoint {

    private boolean established;

    DeliveryEndpoint(
            SessionRole role,
            EndPlan plan,
            int peersFrameBytes,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            int readBatchFrames,
            UnaryOperator<Frame> wire) {
        super(role, plan, peersFrameBytes, session, clock, random, trace, readBatchFrames, wire);
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
        } else {
            attach(end, handshakeRttNanos);
        }
    }

    // ---- the loop

    @Override
    void process() {
        if (isClosed()) {
            return;
        }
        serveApplication();
        transmit();
        takeEvents();
        if (isDrained()) {
            release();
            return;
        }
        flow.checkGrant(ends);
        ends.forEach(this::onReadable);
        schedule();
    }

    private void checkFlow() {
        flow.check(application().largestWriteBytes());
    }

    private void serveApplication() {
        long before;
        do {
            before = application().readBytes();
            application().read(this::poll, session.sendCapacityBytes());
            checkFlow();
            if (session.state() == SessionState.OPEN && application().write(session)) {
                checkFlow();
                transmit();
            }
        } while (application().readBytes() > before);
        if (plan.ending() == Ending.CLOSE_WHEN_DONE && application().isDone() && session.state() == SessionState.OPEN) {
            close();
        }
    }

    @Override
    void onEvent(SessionEvent event) {
        if (event instanceof SessionEvent.OfSubflow ofSubflow) {
            onEvent(ofSubflow.kind(), ofSubflow.subflow());
        }
    }

    private void onEvent(SessionEvent.OfSubflow.Kind kind, Subflow subflow) {
        switch (kind) {
            case ADDED -> established = true;
            case REMOVED, REFUSED -> onRemoved(subflow);
            default -> {
                // Nothing to do for it.
            }
        }
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
        transmit();
        session.release();
        closeEnds();
    }
}
