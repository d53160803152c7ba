package dev.multipath.session.sim;

import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.TransportStats;
import java.util.ArrayDeque;
import java.util.function.LongConsumer;

/**
 * One direction of a modelled TCP connection over a {@link TcpLink}, with what is above the socket in a subflow's channel: frames
 * wait in the kernel's send buffer, then in the channel's, which says when it is full. {@link TcpSender} has the numbers of
 * what is on the way; here is what it carries.
 */
final class TcpPipe implements Pipe {

    /** What Linux's tcp_wmem begins and ends with. */
    private static final long MIN_SEND_BUFFER_BYTES = 87_380;

    private static final long MAX_SEND_BUFFER_BYTES = 4 << 20;

    /** The water marks of a subflow's channel: {@code SubflowLink}. */
    private static final long LOW_WATER_MARK_BYTES = 256 << 10;

    private static final long HIGH_WATER_MARK_BYTES = 512 << 10;

    private record Item(long endOffset, Frame frame, Runnable marker) {}

    private final EventQueue clock;
    private final TcpLink link;
    private final TcpSender sender;

    /** What the receiver has not got whole. */
    private final ArrayDeque<Item> stream = new ArrayDeque<>();

    private final ArrayDeque<Frame> unread = new ArrayDeque<>();

    private Runnable onReadable = () -> {};
    private Runnable onWritable = () -> {};
    private LongConsumer onBytes = total -> {};
    private LongConsumer onPayload = bytes -> {};
    private boolean writable = true;
    private long releasedBytes;
    private boolean held;
    private boolean closing;
    private boolean ended;
    private boolean dead;

    TcpPipe(EventQueue clock, TcpLink link, TcpLink reverse, TcpControl control) {
        this.clock = clock;
        this.link = link;
        sender = new TcpSender(clock, link, reverse, control, this::onArrival, this::onAcknowledged);
    }

    TcpSender sender() {
        return sender;
    }

    // ---- the sending end

    @Override
    public void onWritable(Runnable action) {
        onWritable = action;
    }

    @Override
    public boolean write(Frame frame) {
        if (dead || closing) {
            release(frame);
        } else {
            stream.add(new Item(sender.write(WireSize.of(frame)), frame, null));
        }
        writable = pendingBytes() < HIGH_WATER_MARK_BYTES;
        return writable;
    }

    /** Bytes of no frame, of which the receiver is told when they have come. */
    void write(int bytes, Runnable onReceived) {
        if (!dead) {
            stream.add(new Item(sender.write(bytes), null, onReceived));
        }
    }

    /** As many bytes as that, which are nothing but bytes: see {@link #onBytes}. */
    void write(long bytes) {
        sender.write(bytes);
    }

    @Override
    public void close() {
        if (!dead && !closing) {
            closing = true;
            write(1, () -> {
                ended = true;
                onReadable.run();
            });
        }
    }

    /** Of what was given to it, and of the channel above it. */
    @Override
    public TransportStats stats() {
        return sender.info();
    }

    /** As when a socket's congestion control is changed, and changed back. */
    @Override
    public void restart() {
        sender.restart();
    }

    /** What waits in the channel, above the socket. */
    private long pendingBytes() {
        long bufferBytes = Math.max(MIN_SEND_BUFFER_BYTES, Math.min(2 * sender.windowBytes(), MAX_SEND_BUFFER_BYTES));
        return sender.unacknowledgedBytes() - bufferBytes;
    }

    private void onAcknowledged() {
        if (!writable && pendingBytes() < LOW_WATER_MARK_BYTES) {
            writable = true;
            onWritable.run();
        }
    }

    /** The connection is gone: what is on the way is lost, neither end is told. */
    void die(boolean losesUnread) {
        dead = true;
        sender.stop();
        stream.forEach(item -> release(item.frame));
        stream.clear();
        if (losesUnread) {
            discardUnread();
        }
    }

    // ---- the receiving end

    @Override
    public void onReadable(Runnable action) {
        onReadable = action;
    }

    /** Is told how many bytes have come in order, whenever that grows. */
    void onBytes(LongConsumer listener) {
        onBytes = listener;
    }

    /** Is told the size of each data frame's payload that has come. */
    void onPayload(LongConsumer listener) {
        onPayload = listener;
    }

    private void onArrival() {
        if (dead || held) {
            return;
        }
        long untilNanos = link.heldUntilNanos();
        if (untilNanos > clock.nowNanos()) {
            held = true;
            clock.at(untilNanos, () -> {
                held = false;
                onArrival();
            });
            return;
        }
        if (sender.receivedBytes() == releasedBytes) {
            return;
        }
        releasedBytes = sender.receivedBytes();
        onBytes.accept(releasedBytes);
        boolean some = false;
        while (!stream.isEmpty() && stream.peek().endOffset <= releasedBytes) {
            Item item = stream.poll();
            if (item.frame != null) {
                unread.add(item.frame);
                some = true;
                if (item.frame instanceof DataFrame data) {
                    onPayload.accept(data.payload().readableBytes());
                }
            } else {
                item.marker.run();
            }
        }
        if (some) {
            onReadable.run();
        }
    }

    @Override
    public Frame read() {
        return unread.poll();
    }

    @Override
    public boolean isReadable() {
        return !unread.isEmpty() || isAtEnd();
    }

    @Override
    public boolean isAtEnd() {
        return ended && unread.isEmpty();
    }

    @Override
    public void discardUnread() {
        unread.forEach(TcpPipe::release);
        unread.clear();
    }

    private static void release(Frame frame) {
        if (frame instanceof DataFrame data) {
            data.release();
        }
    }
}
