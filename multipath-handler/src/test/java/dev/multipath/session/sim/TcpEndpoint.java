package dev.multipath.session.sim;

import dev.multipath.congestion.PathLimits;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.JoinRefusedException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowState;
import dev.multipath.session.SubflowViolationException;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;

/** A session core over modelled TCP, an application that writes and reads as fast as it can, and what tells the paths. */
final class TcpEndpoint extends SessionEndpoint {

    /** What an application writes at once. */
    private static final int WRITE_BYTES = 32 << 10;

    static final Told TOLD = Told.fromProperties();

    /** Whether a transport that crawls on a path that has mended is told so. */
    private static final boolean RESTARTS = !Boolean.getBoolean("sim.crawls");

    /** As many frames as a read of a socket brings. */
    private static final int READ_BATCH_FRAMES = 16;

    private static final PathAttributes SOCKETS = PathAttributes.DEFAULT.withSockets(8);

    /** What becomes of a client's subflows. */
    interface Listener {
        void onEstablished(Subflow subflow);

        void onTrouble(Subflow subflow);

        void onDelivers(Subflow subflow);
    }

    final Flow flow;
    private final ByteStream outgoing;
    private final ByteStream incoming;
    private final CountingAllocator allocator;
    private final Listener listener;
    private final StuckPaths stuckPaths = new StuckPaths();
    private boolean established;
    private boolean processing;
    private boolean again;

    /** If all its subflows are sockets of one path; else null. */
    PathLimits sockets;

    Told told = TOLD;

    TcpEndpoint(
            SessionRole role,
            MultipathSession session,
            EventQueue clock,
            SplittableRandom random,
            Trace trace,
            Flow flow,
            ByteStream outgoing,
            ByteStream incoming,
            CountingAllocator allocator,
            Listener listener) {
        super(role, session, clock, random, trace, READ_BATCH_FRAMES);
        this.flow = flow;
        this.outgoing = outgoing;
        this.incoming = incoming;
        this.allocator = allocator;
        this.listener = listener;
        established = role == SessionRole.SERVER;
        flow.onWanted(this::process);
    }

    boolean isEstablished() {
        return established;
    }

    /** How many subflows answer. */
    long delivers() {
        return session.subflows().stream().filter(TcpEndpoint::delivers).count();
    }

    /** Whether a subflow answers, and brings what the peer sends, as far as is known. */
    static boolean delivers(Subflow subflow) {
        return subflow.state() == SubflowState.ACTIVE && !subflow.isSuspect();
    }

    @Override
    public JoinOffer offer() {
        return established ? session.offerJoin() : JoinOffer.FIRST;
    }

    @Override
    public void onJoined(ConnectionEnd end, long handshakeRttNanos) {
        if (isClosed() || session.failure() != null || !(handshakeRttNanos >= 0 || session.acceptsJoins())) {
            end.close();
        } else {
            attach(end, handshakeRttNanos);
        }
    }

    @Override
    void onAttached(ConnectionEnd end) {
        distrust(end.subflow, stuckPaths.onNew(end.route, end.subflow, clock.nowNanos()));
    }

    private void distrust(Subflow subflow, long trialBytes) {
        if (trialBytes > 0) {
            session.distrust(subflow, trialBytes);
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

    /** The path manager has another subflow on its path. */
    void close(Subflow subflow, long code) {
        if (session.failure() == null && subflow.state() != SubflowState.CLOSED) {
            session.closeSubflow(subflow, code, "", clock.nowNanos());
            process();
        }
    }

    @Override
    void process() {
        if (processing) {
            again = true;
            return;
        }
        processing = true;
        do {
            again = false;
            turn();
        } while (again);
        processing = false;
    }

    private void turn() {
        if (isClosed()) {
            return;
        }
        takeEvents();
        askTransports();
        read();
        write();
        if (session.failure() == null) {
            transmit();
        }
        takeEvents();
        for (int i = 0; i < ends.size(); i++) {
            onReadable(ends.get(i));
        }
        if (session.failure() == null) {
            schedule();
        }
    }

    /** As a channel's owner does, behind a turn: {@code TransportProbe}. */
    private void askTransports() {
        for (ConnectionEnd end : ends) {
            if (told.isAny() && clock.nowNanos() >= end.askAtNanos) {
                askTransport(end);
            }
        }
    }

    @Override
    void askDoubtful() {
        for (ConnectionEnd end : ends) {
            if (told.isAny() && end.subflow.isDoubtful(clock.nowNanos())) {
                askTransport(end);
            }
        }
    }

    private void askTransport(ConnectionEnd end) {
        end.askAtNanos = clock.nowNanos() + Subflow.TRANSPORT_INTERVAL_NANOS;
        if (end.subflow.onTransport(told.of(end.transportStats(), end.subflow.pathId()), clock.nowNanos())
                && RESTARTS) {
            trace.add("%s: the transport of %s begins anew", name, end.name);
            end.restartTransport();
        }
    }

    private void read() {
        ByteBuf bytes;
        while ((bytes = session.pollReceived()) != null) {
            int count = bytes.readableBytes();
            boolean right = incoming.matches(flow.readBytes(), bytes);
            bytes.release();
            Simulation.check(right, "%s: wrong bytes at position %d", name, flow.readBytes());
            flow.read(count);
        }
    }

    private void write() {
        while (established
                && session.failure() == null
                && flow.unwrittenBytes() > 0
                && session.sendCapacityBytes() > 0) {
            int bytes = (int) Math.min(WRITE_BYTES, flow.unwrittenBytes());
            session.send(outgoing.piece(allocator, flow.writtenBytes(), bytes));
            flow.written(bytes);
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
            case ADDED -> {
                established = true;
                if (sockets != null) {
                    session.path(subflow, "path", SOCKETS, sockets);
                }
                listener.onEstablished(subflow);
            }
            case REMOVED, REFUSED -> {
                onRemoved(subflow);
                listener.onTrouble(subflow);
            }
            case STALE, SUSPECTED -> {
                if (kind == SessionEvent.OfSubflow.Kind.STALE) {
                    long trialBytes = stuckPaths.onStale(connection(subflow).route, subflow, clock.nowNanos());
                    distrust(subflow, trialBytes);
                }
                listener.onTrouble(subflow);
            }
            case RECOVERED, CLEARED -> {
                if (kind == SessionEvent.OfSubflow.Kind.RECOVERED) {
                    stuckPaths.onRecovered(connection(subflow).route, subflow);
                }
                if (delivers(subflow)) {
                    listener.onDelivers(subflow);
                }
            }
            default -> {
                // The judges look at what arrives.
            }
        }
    }

    /** The simulation is over: lets go of everything without a word. */
    void discard() {
        session.release();
        ends.clear();
    }

    @Override
    public String toString() {
        return String.format(
                "%s: %s, %s, wrote %,d and read %,d B, %,d B unacknowledged, %,d B stranded, %s",
                name,
                session.state(),
                session.failure(),
                flow.writtenBytes(),
                flow.readBytes(),
                session.unacknowledgedBytes(),
                session.strandedBytes(),
                session.subflows().stream()
                        .map(s -> String.format(
                                "%d %s rtt %.0f min %.0f ms, %.2f MB/s, in flight %,d of %,d",
                                s.id(),
                                s.state(),
                                s.smoothedRttNanos() / 1e6,
                                s.minRttNanos() / 1e6,
                                s.deliveryRateBytesPerSecond() / 1e6,
                                s.inFlightBytes(),
                                s.inFlightLimitBytes()))
                        .toList());
    }
}
