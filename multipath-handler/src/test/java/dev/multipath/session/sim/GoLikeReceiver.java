package dev.multipath.session.sim;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The receiving half of the Go implementation, as far as a sender can tell: it drops without acknowledgement what is too
 * far ahead of the last frame that its application has read, acknowledges duplicates again, answers a ping ahead of the
 * frames before it, and stops reading a connection on which it cannot write.
 */
final class GoLikeReceiver implements Peer {

    private final EventQueue clock;
    private final Trace trace;
    private final int windowFrames;
    private final int readBatchFrames;
    private final List<ConnectionEnd> ends = new ArrayList<>();

    /** Empty: it sends no data, and nobody asks for the rest. */
    private final FrameLedger ledger = new FrameLedger();

    private final Map<Long, ByteBuf> received = new HashMap<>();
    private SimulatedApplication application;
    private long lastReadFrame;
    private long bufferedBytes;
    private boolean closed;

    GoLikeReceiver(EventQueue clock, Trace trace, int windowFrames, int readBatchFrames) {
        this.clock = clock;
        this.trace = trace;
        this.windowFrames = windowFrames;
        this.readBatchFrames = readBatchFrames;
    }

    @Override
    public void start(SimulatedApplication newApplication) {
        application = newApplication;
        application.start(this::process);
    }

    @Override
    public SimulatedApplication application() {
        return application;
    }

    @Override
    public void onJoined(ConnectionEnd end, long handshakeRttNanos) {
        if (closed) {
            end.close();
            return;
        }
        ends.add(end);
        end.writable = end.write(ControlFrame.PING);
    }

    @Override
    public void onReadable(ConnectionEnd end) {
        if (!end.readScheduled && end.writable && end.in().isReadable()) {
            end.readScheduled = true;
            clock.after(0, () -> read(end));
        }
    }

    private void read(ConnectionEnd end) {
        end.readScheduled = false;
        if (!end.isOpen()) {
            return;
        }
        ArrayDeque<Frame> acknowledgements = new ArrayDeque<>();
        Frame frame;
        for (int i = 0; i < readBatchFrames && end.writable && (frame = end.in().read()) != null; i++) {
            trace.addFrame("server", end, "gets", frame);
            if (frame instanceof DataFrame data) {
                if (offer(data)) {
                    acknowledgements.add(new AckFrame(data.frameNumber()));
                }
            } else if (((ControlFrame) frame).isPing()) {
                end.writable = end.write(ControlFrame.PONG);
            }
        }
        for (Frame acknowledgement : acknowledgements) {
            end.writable = end.write(acknowledgement);
        }
        if (end.in().isAtEnd()) {
            end.close();
            ends.remove(end);
        }
        process();
        onReadable(end);
    }

    /** Whether the frame is to be acknowledged. */
    private boolean offer(DataFrame frame) {
        long number = frame.frameNumber();
        boolean isTooFarAhead = number > Math.max(lastReadFrame, DataFrame.FIRST_FRAME_NUMBER - 1) + windowFrames;
        if (isTooFarAhead || number <= lastReadFrame || received.containsKey(number)) {
            frame.release();
        } else {
            received.put(number, frame.payload());
            bufferedBytes += frame.payload().readableBytes();
        }
        return !isTooFarAhead;
    }

    private void process() {
        application.read(this::poll, 1);
    }

    private ByteBuf poll() {
        long next = Math.max(lastReadFrame, DataFrame.FIRST_FRAME_NUMBER - 1) + 1;
        ByteBuf payload = received.remove(next);
        if (payload != null) {
            lastReadFrame = next;
            bufferedBytes -= payload.readableBytes();
        }
        return payload;
    }

    @Override
    public void onWritable(ConnectionEnd end) {
        end.writable = true;
        onReadable(end);
    }

    @Override
    public void onBroken(ConnectionEnd end) {
        ends.remove(end);
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isWilling() {
        return application.isWilling(1);
    }

    @Override
    public long unacknowledgedBytes() {
        return 0;
    }

    @Override
    public long bufferedReceiveBytes() {
        return bufferedBytes;
    }

    @Override
    public boolean hasNothingInFlight() {
        return true;
    }

    @Override
    public boolean hasConnections() {
        return !ends.isEmpty();
    }

    @Override
    public void close() {
        // It has nothing to send.
    }

    @Override
    public boolean isDrained() {
        return true;
    }

    @Override
    public void release() {
        closed = true;
        ends.forEach(ConnectionEnd::close);
        ends.clear();
        received.values().forEach(ByteBuf::release);
        received.clear();
    }

    @Override
    public FrameLedger ledger() {
        return ledger;
    }

    @Override
    public int staleEvents() {
        return 0;
    }

    @Override
    public String toString() {
        return String.format(
                "Go-like, window %d, read %,d B up to frame %d, %,d B buffered",
                windowFrames, application.readBytes(), lastReadFrame, bufferedBytes);
    }
}
