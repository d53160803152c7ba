package dev.multipath.benchmarks.core;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.session.ExtendedConfig;
import dev.multipath.session.FrameSink;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowViolationException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * A client and a server whose frames are handed over as they are: no codec, no channels, and a clock that the frames
 * move. What is sent goes to the server, which reads it at once.
 */
final class LinkedSessions implements AutoCloseable {

    /** Each way. A round trip of 100 us is that of a fast network of one's own. */
    private static final long TRIP_NANOS = 50_000;

    private static final long START_NANOS = 5_000_000_000L;

    /** Bytes that show each subflow to be fast, so that frames are as large as they may be. */
    private static final int WARM_UP_BYTES = 16 << 20;

    /** The server answers after so many, as after each read of a channel. */
    private static final int READ_FRAMES = 16;

    /** Turns without progress after which something is wrong. */
    private static final int MAX_IDLE_TURNS = 1000;

    private final MultipathSession client;
    private final MultipathSession server;
    private final Arrival arrival;
    private final Direction toServer = new Direction();
    private final Direction toClient = new Direction();
    private long nowNanos = START_NANOS;

    /** Frames on their way. Lists that keep their storage, so that what is measured is the sessions' garbage. */
    private static final class Direction implements FrameSink {
        final List<Frame> frames = new ArrayList<>();
        final List<Subflow> receivers = new ArrayList<>();
        long dataFrames;

        @Override
        public boolean write(Subflow subflow, Frame frame) {
            frames.add(frame);
            receivers.add((Subflow) subflow.attachment());
            dataFrames += frame instanceof DataFrame ? 1 : 0;
            return true;
        }

        void clear() {
            frames.clear();
            receivers.clear();
        }
    }

    LinkedSessions(int subflows, int maxFrameBytes, boolean extended, Supplier<Scheduler> scheduler, Arrival arrival)
            throws SubflowViolationException {
        this.arrival = arrival;
        SessionConfig defaults = SessionConfig.DEFAULT;
        SessionConfig config = new SessionConfig(
                defaults.sendBufferBytes(),
                defaults.receiveBufferBytes(),
                maxFrameBytes,
                defaults.linger(),
                defaults.probeInterval(),
                extended ? ExtendedConfig.DEFAULT : ExtendedConfig.DISABLED);
        client = session(config, SessionRole.CLIENT, scheduler.get());
        server = session(config, SessionRole.SERVER, scheduler.get());
        for (int i = 0; i < subflows; i++) {
            join(i > 0 ? client.offerJoin() : extended ? JoinOffer.FIRST : JoinOffer.BASE);
        }
        if (client.subflows().size() != subflows || server.subflows().size() != subflows) {
            throw new IllegalStateException(
                    "subflows that have joined: " + client.subflows().size());
        }
        warmUp(maxFrameBytes);
    }

    private static MultipathSession session(SessionConfig config, SessionRole role, Scheduler scheduler) {
        return new MultipathSession(
                config,
                role,
                ConnectionId.of(new UUID(1, 2)),
                SessionPolicies.of(scheduler),
                ByteBufAllocator.DEFAULT,
                new Random(role.ordinal()));
    }

    private void join(JoinOffer offer) throws SubflowViolationException {
        Subflow near = client.addSubflow(StatsTracker.NONE, -1, offer, nowNanos);
        Subflow far = server.addSubflow(StatsTracker.NONE, -1, null, nowNanos);
        near.attach(far);
        far.attach(near);
        offer.frames().forEach(frame -> toServer.write(near, frame));
        while (turn()) {
            // Hello, challenge, response: until nobody has anything to say.
        }
    }

    private void warmUp(int payloadBytes) throws SubflowViolationException {
        ByteBuf payload = ByteBufAllocator.DEFAULT.directBuffer(payloadBytes).writeZero(payloadBytes);
        for (int sent = 0; sent < WARM_UP_BYTES; sent += payloadBytes) {
            send(payload, 1, 0);
        }
        payload.release();
    }

    /**
     * Sends so many payloads, and has them acknowledged.
     *
     * @param payload of each
     * @param unacknowledgedBytes may be left over, as in the midst of a transfer; above 0, no timer is waited for
     */
    void send(ByteBuf payload, int count, int unacknowledgedBytes) throws SubflowViolationException {
        for (int i = 0; i < count; i++) {
            client.send(payload.retainedDuplicate());
        }
        int idleTurns = 0;
        while (client.unacknowledgedBytes() > unacknowledgedBytes) {
            if (turn()) {
                idleTurns = 0;
            } else if (idleTurns++ == MAX_IDLE_TURNS) {
                throw new IllegalStateException("not acknowledged: " + client.unacknowledgedBytes());
            } else {
                nowNanos = Math.max(nowNanos, Math.min(client.nextDeadlineNanos(), server.nextDeadlineNanos()));
            }
        }
    }

    /** Frames go to the server, and its answers back. Returns whether there were any. */
    private boolean turn() throws SubflowViolationException {
        client.transmit(nowNanos, toServer);
        nowNanos += TRIP_NANOS;
        arrival.arrange(toServer.frames, toServer.receivers);
        int count = toServer.frames.size();
        for (int i = 0; i < count; i += READ_FRAMES) {
            deliver(toServer, i, Math.min(i + READ_FRAMES, count), server);
            server.transmit(nowNanos, toClient);
        }
        toServer.clear();
        fireTimer(server);
        server.transmit(nowNanos, toClient);
        nowNanos += TRIP_NANOS;
        boolean moved = count + toClient.frames.size() > 0;
        deliver(toClient, 0, toClient.frames.size(), client);
        toClient.clear();
        fireTimer(client);
        return moved;
    }

    private void deliver(Direction direction, int from, int to, MultipathSession session)
            throws SubflowViolationException {
        for (int i = from; i < to; i++) {
            session.onFrame(direction.receivers.get(i), direction.frames.get(i), nowNanos);
        }
        ByteBuf received;
        while ((received = session.pollReceived()) != null) {
            received.release();
        }
        while (session.pollEvent() != null) {
            // Told to the application, which has nothing to do.
        }
        if (session.failure() != null) {
            throw new IllegalStateException(session.failure());
        }
    }

    private void fireTimer(MultipathSession session) {
        if (nowNanos >= session.nextDeadlineNanos()) {
            session.onTimeout(nowNanos);
        }
    }

    /** How many data frames the client has sent. */
    long dataFrames() {
        return toServer.dataFrames;
    }

    /** The client's subflows, as its scheduler sees them. */
    List<Subflow> subflows() {
        return client.subflows();
    }

    long nowNanos() {
        return nowNanos;
    }

    @Override
    public void close() {
        client.release();
        server.release();
    }
}
