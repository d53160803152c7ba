package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Frame;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.MultipathMessage;
import dev.multipath.codec.Preface;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.LowestRttScheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;

/**
 * Two real ends of a session with the real codec between them, in virtual time, over paths of which every byte takes ten
 * milliseconds; their random bytes are counted up. What each end writes is told message by message, in hexadecimal.
 */
final class WorkedSession {

    static final long ONE_WAY_MILLIS = 10;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final ConnectionId NAME = new ConnectionId(0x0011223344556677L, 0x8899aabbccddeeffL);

    /** Something that happens at a time; what is due at the same time happens in the order of its planning. */
    private record Event(long atMillis, long order, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMillis).thenComparingLong(Event::order));
    private long order;
    private long nowMillis;

    private final End client = new End(SessionRole.CLIENT, 'c', 0x10);
    private final End server = new End(SessionRole.SERVER, 's', 0);
    private final List<Path> paths = new ArrayList<>();
    private final List<String> transcript = new ArrayList<>();

    // ---- what a story tells to happen

    void plan(long atMillis, Runnable action) {
        events.add(new Event(atMillis, order++, action));
    }

    End end(String name) {
        return name.equals("client") ? client : server;
    }

    /** The client's next subflow: for a new session, or to join it. */
    void dial() {
        Path path = new Path(paths.size());
        paths.add(path);
        ConnectionId asked = path.id == 0 ? ConnectionId.ZERO : NAME;
        path.offer = path.id == 0 ? JoinOffer.FIRST : client.session.offerJoin();
        client.write(path, new Preface(asked));
        path.offer.frames().forEach(frame -> client.write(path, frame));
    }

    void lose(int path) {
        paths.get(path).lost = true;
        client.onLost(paths.get(path));
        server.onLost(paths.get(path));
    }

    /** Until nothing is left to happen, or that time. Returns what was written: {@code "20 ms c0 00 01"}. */
    List<String> run(long untilMillis) {
        while (true) {
            long deadlineMillis = Math.min(client.deadlineMillis(), server.deadlineMillis());
            long nextMillis = events.isEmpty() ? Long.MAX_VALUE : events.peek().atMillis;
            nowMillis = Math.max(nowMillis, Math.min(nextMillis, deadlineMillis));
            if (nowMillis > untilMillis) {
                return transcript;
            }
            if (nextMillis <= deadlineMillis) {
                events.poll().action.run();
            }
            client.pump();
            server.pump();
        }
    }

    void release() {
        client.session.release();
        server.session.release();
        paths.forEach(Path::release);
    }

    /** A subflow as both ends see it. */
    private static final class Path {
        final int id;
        final EmbeddedChannel[] encoders = {encoder(), encoder()};
        final EmbeddedChannel[] decoders = {decoder(), decoder()};
        final Subflow[] subflows = new Subflow[2];

        /** What a client has received before its session takes the subflow. */
        final List<Frame> early = new ArrayList<>();

        JoinOffer offer;
        boolean lost;

        Path(int id) {
            this.id = id;
        }

        private static EmbeddedChannel encoder() {
            return new EmbeddedChannel(new MultipathFrameEncoder());
        }

        private static EmbeddedChannel decoder() {
            return new EmbeddedChannel(new MultipathFrameDecoder());
        }

        void release() {
            for (int i = 0; i < 2; i++) {
                encoders[i].finishAndReleaseAll();
                decoders[i].finishAndReleaseAll();
            }
        }
    }

    /** One end: moves what its owner would move. */
    final class End {
        private final SessionRole role;
        private final char letter;
        private final MultipathSession session;
        private final StringBuilder received = new StringBuilder();
        private boolean left;

        End(SessionRole role, char letter, int firstRandomByte) {
            this.role = role;
            this.letter = letter;
            session = new MultipathSession(
                    SessionConfig.DEFAULT,
                    role,
                    NAME,
                    SessionPolicies.of(new LowestRttScheduler()),
                    UnpooledByteBufAllocator.DEFAULT,
                    new CountingBytes(firstRandomByte));
        }

        void send(String text) {
            session.send(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        }

        void endOutput() {
            session.shutdownOutput();
        }

        void close() {
            session.close(nowNanos());
        }

        void setBackup(int path) {
            session.setBackup(paths.get(path).subflows[role.ordinal()], true);
        }

        /** All that its application has read. */
        String received() {
            return received.toString();
        }

        MultipathSession session() {
            return session;
        }

        private End peer() {
            return role == SessionRole.CLIENT ? server : client;
        }

        private long deadlineMillis() {
            long deadlineNanos = session.nextDeadlineNanos();
            // A timer fires at a whole millisecond here, never too early.
            return left || deadlineNanos == Deadline.NONE
                    ? Long.MAX_VALUE
                    : (deadlineNanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
        }

        private void pump() {
            if (left) {
                return;
            }
            if (deadlineMillis() <= nowMillis) {
                session.onTimeout(nowNanos());
            }
            ByteBuf bytes;
            while ((bytes = session.pollReceived()) != null) {
                received.append(bytes.toString(StandardCharsets.US_ASCII));
                bytes.release();
            }
            transmit();
            if (session.isDrained(nowNanos()) || session.isOver()) {
                left = true;
                session.leave(nowNanos());
                transmit();
            }
        }

        private void transmit() {
            session.transmit(nowNanos(), (subflow, frame) -> {
                write((Path) subflow.attachment(), frame);
                return true;
            });
        }

        private void write(Path path, MultipathMessage message) {
            EmbeddedChannel encoder = path.encoders[role.ordinal()];
            encoder.writeOutbound(message);
            ByteBuf bytes;
            StringBuilder hex = new StringBuilder();
            while ((bytes = encoder.readOutbound()) != null) {
                hex.append(ByteBufUtil.hexDump(bytes));
                bytes.release();
            }
            transcript.add(nowMillis + " ms " + letter + path.id + " " + hex);
            byte[] wire = HexFormat.of().parseHex(hex);
            plan(nowMillis + ONE_WAY_MILLIS, () -> peer().receive(path, wire));
        }

        private void receive(Path path, byte[] wire) {
            if (path.lost || left) {
                return;
            }
            EmbeddedChannel decoder = path.decoders[role.ordinal()];
            decoder.writeInbound(Unpooled.wrappedBuffer(wire));
            MultipathMessage message;
            while ((message = decoder.readInbound()) != null) {
                if (message instanceof Frame frame) {
                    onFrame(path, frame);
                } else if (role == SessionRole.SERVER) {
                    write(path, new Preface(NAME));
                    add(path, null);
                }
            }
        }

        /** As a client's dialer does, which waits for the first frame that is no control frame. */
        private void onFrame(Path path, Frame frame) {
            if (path.subflows[role.ordinal()] == null) {
                path.early.add(frame);
                if (frame instanceof dev.multipath.codec.ControlFrame) {
                    return;
                }
                add(path, path.offer);
                path.early.forEach(early -> give(path, early));
                path.early.clear();
            } else {
                give(path, frame);
            }
        }

        private void add(Path path, JoinOffer offer) {
            Subflow subflow = session.addSubflow(
                    StatsTracker.NONE,
                    role == SessionRole.SERVER ? -1 : 2 * ONE_WAY_MILLIS * NANOS_PER_MILLI,
                    offer,
                    nowNanos());
            subflow.attach(path);
            path.subflows[role.ordinal()] = subflow;
        }

        private void give(Path path, Frame frame) {
            try {
                session.onFrame(path.subflows[role.ordinal()], frame, nowNanos());
            } catch (SubflowViolationException e) {
                throw new AssertionError(e);
            }
        }

        private void onLost(Path path) {
            session.onSubflowFailed(path.subflows[role.ordinal()], null, nowNanos());
        }

        private long nowNanos() {
            return nowMillis * NANOS_PER_MILLI;
        }
    }

    /** 00 01 02 ..., from a byte on. */
    private static final class CountingBytes implements RandomGenerator {
        private int next;

        CountingBytes(int first) {
            next = first;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) next++;
            }
        }

        @Override
        public long nextLong() {
            return 0;
        }
    }
}
