package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.EarliestArrivalScheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a small request and its answer leave to the collector in both ends' sessions: by the bytes that this thread allocates. */
class ExchangeGarbageTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    /** Without the leak detector, whose records are garbage too. */
    private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true, true);

    private static final int EXCHANGES = 20_000;
    private static final long TRIP_NANOS = 50_000;

    private final ByteBuf message = ALLOCATOR.directBuffer(64).writeZero(64);
    private final MultipathSession client = session(SessionRole.CLIENT);
    private final MultipathSession server = session(SessionRole.SERVER);
    private final Wire toServer = new Wire();
    private final Wire toClient = new Wire();
    private long nowNanos = 5_000_000_000L;

    /** At most one acknowledgement and one data frame are on the way; what else there is, in the handshake, waits as it is. */
    private static final class Wire implements FrameSink {
        private final ArrayDeque<Frame> others = new ArrayDeque<>();
        private boolean acked;
        private long nextExpected;
        private long maxDataBytes;
        private long subflowFrames;
        private long ackDelayMicros;
        private ByteBuf payload;
        private long frameNumber;

        @Override
        public boolean write(Subflow subflow, Frame frame) {
            others.add(frame);
            return true;
        }

        @Override
        public boolean writeData(Subflow subflow, long number, ByteBuf bytes) {
            if (payload != null) {
                throw new AssertionError("a second one");
            }
            frameNumber = number;
            payload = bytes;
            return true;
        }

        @Override
        public boolean writeAck(Subflow subflow, long next, long maxData, long frames, long delayMicros) {
            acked = true;
            nextExpected = next;
            maxDataBytes = maxData;
            subflowFrames = frames;
            ackDelayMicros = delayMicros;
            return true;
        }

        void deliver(MultipathSession to, long nowNanos) throws SubflowViolationException {
            Subflow subflow = to.subflows().isEmpty() ? null : to.subflows().get(0);
            if (acked) {
                acked = false;
                to.input().onAck(subflow, nextExpected, maxDataBytes, subflowFrames, ackDelayMicros, nowNanos);
            }
            if (payload != null) {
                ByteBuf arrived = payload;
                payload = null;
                to.input().onData(subflow, frameNumber, arrived, nowNanos);
            }
        }
    }

    private static MultipathSession session(SessionRole role) {
        return new MultipathSession(
                SessionConfig.DEFAULT,
                role,
                ConnectionId.ZERO,
                SessionPolicies.of(new EarliestArrivalScheduler()),
                ALLOCATOR,
                new Random(1));
    }

    private void join() throws SubflowViolationException {
        Subflow near = client.addSubflow(StatsTracker.NONE, -1, JoinOffer.FIRST, nowNanos);
        Subflow far = server.addSubflow(StatsTracker.NONE, -1, null, nowNanos);
        JoinOffer.FIRST.frames().forEach(toServer.others::add);
        for (int i = 0; i < 10; i++) {
            client.transmit(nowNanos, toServer);
            handOver(toServer, server, far);
            server.transmit(nowNanos, toClient);
            handOver(toClient, client, near);
        }
        assertThat(client.subflows()).hasSize(1);
        assertThat(server.subflows()).hasSize(1);
    }

    private void handOver(Wire wire, MultipathSession to, Subflow subflow) throws SubflowViolationException {
        nowNanos += TRIP_NANOS;
        Frame frame;
        while ((frame = wire.others.poll()) != null) {
            to.onFrame(subflow, frame, nowNanos);
        }
        wire.deliver(to, nowNanos);
        while (to.pollEvent() != null) {
            // Of no interest.
        }
    }

    private void exchange(int count) throws SubflowViolationException {
        for (int i = 0; i < count; i++) {
            say(client, toServer, server);
            say(server, toClient, client);
        }
    }

    private void say(MultipathSession from, Wire wire, MultipathSession to) throws SubflowViolationException {
        from.send(message.retain());
        from.transmit(nowNanos, wire);
        if (wire.payload == null) {
            throw new AssertionError("it does not leave at once");
        }
        nowNanos += TRIP_NANOS;
        wire.deliver(to, nowNanos);
        ByteBuf received = to.pollReceived();
        received.release();
    }

    /** Four times a frame is sent or received, and as often an acknowledgement. */
    @Test
    void shouldLeaveNothingOfASmallExchange() throws Exception {
        join();
        exchange(EXCHANGES);
        toServer.others.clear();
        long before = THREADS.getCurrentThreadAllocatedBytes();

        exchange(EXCHANGES);

        // Not one byte: it was 288, of an object for each.
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(EXCHANGES);
        client.release();
        server.release();
        message.release();
    }
}
