package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.RoundRobinScheduler;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** A session among a hostile peer, a careless application and failing subflows, which all do what a program of bytes says. */
final class HostileWorld implements AutoCloseable {

    private static final int RECEIVE_BUFFER_BYTES = 1 << 20;
    private static final int SEND_BUFFER_BYTES = 256 << 10;
    private static final int MAX_WRITE_BYTES = 70_000;
    private static final int MAX_SUBFLOWS = 24;
    private static final long MILLISECOND = 1_000_000;

    /** A timer that is due again after so many times, at one and the same moment, would be so for ever. */
    private static final int MAX_TIMERS_AT_ONCE = 8;

    /** Held of announcements, events that nobody polls, and the like: every queue is bounded; this only stops a runaway. */
    private static final int MAX_FRAMES_OF_A_TRANSMIT = 20_000;

    private final ProgramReader program;
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final ConnectionId connectionId = ConnectionId.of(new UUID(3, 4));
    private final SessionRole role;
    private final MultipathSession session;
    private final HostileFrames frames;
    private final List<Subflow> subflows = new ArrayList<>();
    private long nowNanos;
    private boolean outputShutdown;
    private int framesOfTransmit;

    HostileWorld(byte[] bytes) {
        program = new ProgramReader(bytes);
        int setup = program.next();
        role = (setup & 1) == 0 ? SessionRole.CLIENT : SessionRole.SERVER;
        boolean extended = (setup & 6) != 0;
        ExtendedConfig profile = new ExtendedConfig(
                extended,
                (setup & 8) != 0,
                Duration.ofSeconds((setup & 16) == 0 ? 60 : 0),
                (setup & 32) == 0 ? 64 << 10 : 512 << 10,
                Duration.ofSeconds(10),
                16,
                false);
        SessionConfig config = new SessionConfig(
                SEND_BUFFER_BYTES,
                RECEIVE_BUFFER_BYTES,
                64 << 10,
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                profile);
        session = new MultipathSession(
                config,
                role,
                connectionId,
                SessionPolicies.of((setup & 64) == 0 ? new LowestRttScheduler() : new RoundRobinScheduler()),
                allocator,
                new Random(setup));
        frames = new HostileFrames(program, allocator, connectionId);
    }

    boolean hasNext() {
        return program.hasNext();
    }

    MultipathSession session() {
        return session;
    }

    long nowNanos() {
        return nowNanos;
    }

    void step() {
        switch (program.next() % 20) {
            case 0 -> addSubflow();
            case 1, 2, 3, 4, 5, 6, 7, 8 -> receive();
            case 9 -> passTime();
            case 10 -> read();
            case 11, 12 -> write();
            case 13, 14 -> transmit(program.next());
            case 15 -> fail();
            case 16 -> steer();
            case 17 -> end();
            case 18 -> announce();
            default -> subflows.forEach(subflow -> session.onWritabilityChanged(subflow, program.nextBoolean()));
        }
    }

    private void addSubflow() {
        boolean welcome = role == SessionRole.CLIENT || session.acceptsJoins();
        if (subflows.size() >= MAX_SUBFLOWS || !welcome || session.state() == SessionState.CLOSED) {
            return;
        }
        JoinOffer offer = null;
        if (role == SessionRole.CLIENT) {
            offer = session.profile() == Profile.UNDECIDED ? JoinOffer.FIRST : session.offerJoin();
            frames.clientNonce(offer.clientNonce(), offer.pathId());
        }
        subflows.add(session.addSubflow(StatsTracker.NONE, program.nextBoolean() ? MILLISECOND : -1, offer, nowNanos));
    }

    private Subflow subflow() {
        return subflows.isEmpty() ? null : subflows.get(program.next() % subflows.size());
    }

    private void receive() {
        Subflow subflow = subflow();
        if (subflow == null) {
            return;
        }
        Frame frame = frames.next(session.nextExpectedFrameNumber());
        try {
            session.onFrame(subflow, frame, nowNanos);
        } catch (SubflowViolationException e) {
            session.onSubflowFailed(subflow, e, nowNanos);
            subflows.remove(subflow);
        }
    }

    private void passTime() {
        nowNanos += (1L << program.next() % 36) * (1 + program.next());
        session.onTimeout(nowNanos);
    }

    private void read() {
        for (int i = program.next(); i > 0 && session.hasReceived(); i--) {
            session.pollReceived().release();
        }
    }

    private void write() {
        int bytes = 1 + (program.next() << 8 | program.next()) % MAX_WRITE_BYTES;
        if (session.state() == SessionState.OPEN && !outputShutdown && session.sendCapacityBytes() > 0) {
            session.send(allocator.buffer(bytes).writeZero(bytes));
        }
    }

    private void transmit(int writableFor) {
        framesOfTransmit = 0;
        session.transmit(nowNanos, (subflow, frame) -> {
            assertThat(subflow.state()).isNotEqualTo(SubflowState.CLOSED);
            framesOfTransmit++;
            assertThat(framesOfTransmit).isLessThan(MAX_FRAMES_OF_A_TRANSMIT);
            onSent(frame);
            return framesOfTransmit % (writableFor + 1) != 0;
        });
    }

    private void onSent(Frame frame) {
        if (frame instanceof DataFrame data) {
            data.release();
        } else if (frame instanceof HelloFrame hello && hello.sessionKey() != null) {
            frames.key(hello.sessionKey());
        } else if (frame instanceof JoinChallengeFrame challenge) {
            frames.serverNonce(challenge.serverNonce());
        }
    }

    private void fail() {
        Subflow subflow = subflow();
        if (subflow != null) {
            subflows.remove(subflow);
            session.onSubflowFailed(subflow, program.nextBoolean() ? new MultipathException("cut") : null, nowNanos);
        }
    }

    private void steer() {
        Subflow subflow = subflow();
        if (!session.subflows().contains(subflow) || session.profile() != Profile.EXTENDED) {
            return;
        }
        if (program.nextBoolean()) {
            session.setBackup(subflow, program.nextBoolean());
        } else {
            subflows.remove(subflow);
            session.closeSubflow(subflow, PathCloseFrame.REMOVED, "steered", nowNanos);
        }
    }

    private void end() {
        switch (program.next() % 16) {
            case 0 -> {
                session.close(nowNanos);
                outputShutdown = true;
            }
            case 1 -> session.abort(ResetFrame.FIRST_APPLICATION_CODE, "fuzzed");
            case 2 -> {
                // Its owner does not change its mind behind the last word.
                session.leave(nowNanos);
                transmit(program.next());
                session.release();
                subflows.clear();
            }
            case 3, 4 -> {
                if (session.profile() != Profile.BASE && session.state() == SessionState.OPEN) {
                    session.shutdownOutput();
                    outputShutdown = true;
                }
            }
            default -> {
                // Not yet: what has ended says little more.
            }
        }
    }

    private void announce() {
        long id = program.next() % 32;
        if (program.nextBoolean()) {
            session.announceAddress(id, new InetSocketAddress(InetAddress.getLoopbackAddress(), program.next()));
        } else {
            session.withdrawAddress(id);
        }
    }

    // ---- what must hold

    void check() {
        SessionEvent event;
        while ((event = session.pollEvent()) != null) {
            if (event instanceof SessionEvent.OfSubflow of && ModelWorld.ENDS_OF_SUBFLOWS.contains(of.kind())) {
                subflows.remove(of.subflow());
            }
        }
        assertThat(session.bufferedReceiveBytes()).isLessThanOrEqualTo(RECEIVE_BUFFER_BYTES + HostileFrames.MAX_BYTES);
        assertThat(session.unacknowledgedBytes()).isLessThanOrEqualTo(SEND_BUFFER_BYTES + MAX_WRITE_BYTES);
        assertThat(session.subflows()).allMatch(subflow -> subflow.inFlightBytes() >= 0);
        // Twice for what grows by doubling, and the slack of many small buffers.
        assertThat(allocator.metric().usedHeapMemory())
                .isLessThan(2L * (RECEIVE_BUFFER_BYTES + SEND_BUFFER_BYTES + MAX_WRITE_BYTES) + (1 << 20));
    }

    /** Everything may leave, and no timer is due any more. */
    void settle() {
        subflows.forEach(subflow -> session.onWritabilityChanged(subflow, true));
        for (int i = 0; i < MAX_TIMERS_AT_ONCE && session.nextDeadlineNanos() <= nowNanos; i++) {
            session.onTimeout(nowNanos);
            transmit(Integer.MAX_VALUE - 1);
            check();
            if (session.isDrained(nowNanos)) {
                session.release();
            }
        }
    }

    @Override
    public void close() {
        session.release();
        assertThat(allocator.metric().usedHeapMemory()).as("leaked bytes").isZero();
    }

    /** For proofs that are right now and then. */
    static OpaqueBytes bytes(int length) {
        return OpaqueBytes.of(new byte[length]);
    }
}
