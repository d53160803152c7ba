package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Scheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One end of a session of the base profile. */
final class SessionFixture extends VirtualSession {

    static final SessionConfig CONFIG = config(8 << 20, 16 << 20);

    static SessionConfig config(int sendBufferBytes, int receiveBufferBytes) {
        return new SessionConfig(
                sendBufferBytes,
                receiveBufferBytes,
                64 << 10,
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                ExtendedConfig.DISABLED);
    }

    /** A server's session by itself, all of whose subflows have this control. */
    static MultipathSession session(SessionConfig config, CongestionControl control) {
        return new MultipathSession(
                config,
                SessionRole.SERVER,
                CONNECTION_ID,
                new SessionPolicies(new LowestRttScheduler(), () -> control),
                UnpooledByteBufAllocator.DEFAULT,
                new Random(1));
    }

    SessionFixture() {
        this(CONFIG, new LowestRttScheduler());
    }

    SessionFixture(SessionConfig config) {
        this(config, new LowestRttScheduler());
    }

    SessionFixture(Scheduler scheduler) {
        this(CONFIG, scheduler);
    }

    SessionFixture(SessionConfig config, Scheduler scheduler) {
        this(config, SessionRole.SERVER, scheduler);
    }

    SessionFixture(SessionConfig config, SessionRole role, Scheduler scheduler) {
        super(config, role, scheduler);
    }

    // ---- subflows

    /** A subflow whose handshake took so long, its first ping answered after as long again. */
    Subflow subflow(long rttMillis) {
        Subflow subflow = session.addSubflow(tracker, rttMillis * MILLISECOND, JoinOffer.BASE, nowNanos());
        transmit();
        passMillis(rttMillis);
        receive(subflow, ControlFrame.PONG);
        events();
        return subflow;
    }

    /** A subflow of which nothing is known and nothing was sent. */
    Subflow freshSubflow() {
        return session.addSubflow(tracker, -1, JoinOffer.BASE, nowNanos());
    }

    void receiveAck(Subflow subflow, long... frameNumbers) {
        for (long frameNumber : frameNumbers) {
            receive(subflow, new AckFrame(frameNumber));
        }
    }

    /** The bytes that the application reads, as the sizes of the pieces. */
    List<Integer> read() {
        List<Integer> sizes = new ArrayList<>();
        ByteBuf bytes;
        while ((bytes = session.pollReceived()) != null) {
            sizes.add(bytes.readableBytes());
            bytes.release();
        }
        return sizes;
    }
}
