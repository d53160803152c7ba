package dev.multipath.session.sim;

import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionRole;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import java.util.SplittableRandom;

/** A session core of either profile whose application reads and writes all there is, and perhaps closes then. */
final class SimulatedEndpoint extends SessionEndpoint implements Peer {

    private final boolean closesWhenDone;
    private final long maxReceiveBytes;

    private int staleEvents;
    private boolean established;

    SimulatedEndpoint(
            SessionRole role,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            int readBatchFrames,
            boolean closesWhenDone,
            long maxReceiveBytes) {
        super(role, session, clock, random, trace, readBatchFrames);
        this.closesWhenDone = closesWhenDone;
        this.maxReceiveBytes = maxReceiveBytes;
    }

    @Override
    public boolean isWilling() {
        return application().isWilling(session.sendCapacityBytes());
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
    public boolean hasConnections() {
        return !ends.isEmpty();
    }

    @Override
    public boolean isDrained() {
        return session.isDrained(clock.nowNanos());
    }

    @Override
    public long retransmittedBytes() {
        return ledger.retransmittedBytes;
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
        ends.forEach(this::onReadable);
        schedule();
    }

    private void serveApplication() {
        long before;
        do {
            before = application().readBytes();
            application().read(session::pollReceived, session.sendCapacityBytes());
            checkBounds(maxReceiveBytes);
            if (session.state() == SessionState.OPEN && application().write(session)) {
                checkBounds(maxReceiveBytes);
                transmit();
            }
        } while (application().readBytes() > before);
        if (closesWhenDone && application().isDone() && session.state() == SessionState.OPEN) {
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
            case STALE -> staleEvents++;
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
