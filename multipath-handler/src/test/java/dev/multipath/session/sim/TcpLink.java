package dev.multipath.session.sim;

import java.util.ArrayDeque;
import java.util.SplittableRandom;

/**
 * One direction of an IP path, for all connections on it: a drop-tail queue, a serialiser, random loss, a delay line that
 * never reorders. Its faults are those of a network: what is in it when it goes down is lost.
 */
class TcpLink {

    /** What an Ethernet packet carries with timestamps, and what it takes besides. */
    static final int MSS_BYTES = 1448;

    private static final int HEADER_BYTES = 52;
    private static final double NANOS_PER_SECOND = 1e9;

    private record Packet(long wireBytes, Runnable onArrival) {}

    private final EventQueue clock;
    private final SplittableRandom random;
    private final ArrayDeque<Packet> queue = new ArrayDeque<>();

    private double bytesPerNano;
    private long delayNanos;
    private final double queueNanos;
    private final double lossPerPacket;
    private final double stallShare;
    private final long stallNanos;

    private long queuedBytes;
    private long headDoneNanos;
    private int serialised;
    private long lastArrivalNanos;
    private boolean down;
    private int generation;
    private long packetsUntilLoss;
    private long stallStartNanos;
    private long stallEndNanos;

    /**
     * Makes one that is up.
     *
     * @param stallNanos how long what comes waits for a packet that is sent again: a round trip
     */
    TcpLink(EventQueue clock, PathSpec spec, long stallNanos, SplittableRandom random) {
        this.clock = clock;
        this.random = random;
        bytesPerNano = spec.bytesPerSecond() / NANOS_PER_SECOND;
        delayNanos = spec.rttNanos() / 2;
        queueNanos = spec.queueNanos();
        lossPerPacket = spec.lossPerPacket();
        stallShare = spec.stallShare();
        this.stallNanos = stallNanos;
        packetsUntilLoss = drawUntilLoss();
        stallEndNanos = clock.nowNanos();
        drawStall();
    }

    private long drawUntilLoss() {
        return lossPerPacket == 0
                ? Long.MAX_VALUE
                : (long) (Math.log(1 - random.nextDouble()) / Math.log(1 - lossPerPacket));
    }

    private void drawStall() {
        double meanGapNanos = stallShare == 0 ? 0 : stallNanos * (1 - stallShare) / stallShare;
        stallStartNanos = stallShare == 0
                ? Long.MAX_VALUE
                : stallEndNanos + (long) (-Math.log(1 - random.nextDouble()) * meanGapNanos);
        stallEndNanos = stallShare == 0 ? Long.MAX_VALUE : stallStartNanos + stallNanos;
    }

    /** Until when what arrives now waits behind a packet that was lost; the present if it does not. */
    long heldUntilNanos() {
        while (stallEndNanos <= clock.nowNanos()) {
            drawStall();
        }
        return clock.nowNanos() < stallStartNanos ? clock.nowNanos() : stallEndNanos;
    }

    /** How much of a burst of packets passes now; 0 if the first of them is lost, in the queue or by chance. */
    int passing(int payloadBytes) {
        if (down) {
            return 0;
        }
        double roomBytes = Math.max(queueNanos * bytesPerNano, 2.0 * (MSS_BYTES + HEADER_BYTES)) - queuedBytes;
        long packets = (long) (roomBytes / (MSS_BYTES + HEADER_BYTES));
        packets = queue.isEmpty() ? Math.max(1, packets) : Math.max(0, packets);
        packets = Math.min(packets, packetsUntilLoss);
        if (packetsUntilLoss == 0) {
            packetsUntilLoss = drawUntilLoss();
        }
        return (int) Math.min(payloadBytes, packets * MSS_BYTES);
    }

    /** A burst that passes. */
    void send(int payloadBytes, Runnable onArrival) {
        long packets = (payloadBytes + MSS_BYTES - 1) / MSS_BYTES;
        packetsUntilLoss -= packetsUntilLoss == Long.MAX_VALUE ? 0 : packets;
        long wireBytes = payloadBytes + packets * HEADER_BYTES;
        queue.add(new Packet(wireBytes, onArrival));
        queuedBytes += wireBytes;
        if (queue.size() == 1) {
            serialiseHead(clock.nowNanos(), wireBytes);
        }
    }

    private void serialiseHead(long fromNanos, double wireBytes) {
        headDoneNanos = fromNanos + (long) (wireBytes / bytesPerNano);
        int token = ++serialised;
        clock.at(headDoneNanos, () -> {
            if (token == serialised) {
                onSerialised();
            }
        });
    }

    private void onSerialised() {
        Packet packet = queue.poll();
        queuedBytes -= packet.wireBytes;
        deliver(0, packet.onArrival);
        if (!queue.isEmpty()) {
            serialiseHead(clock.nowNanos(), queue.peek().wireBytes);
        }
    }

    /** An acknowledgement or the like: so small that it only waits. Lost if the link is down. */
    void sendSmall(Runnable onArrival) {
        if (!down) {
            deliver(queueDelayNanos(), onArrival);
        }
    }

    long queueDelayNanos() {
        return (long) (queuedBytes / bytesPerNano);
    }

    private void deliver(long waitNanos, Runnable onArrival) {
        int sentIn = generation;
        long atNanos = clock.nowNanos() + waitNanos + delayNanos;
        if (waitNanos == 0) {
            lastArrivalNanos = Math.max(lastArrivalNanos, atNanos);
            atNanos = lastArrivalNanos;
        }
        clock.at(atNanos, () -> {
            if (sentIn == generation) {
                onArrival.run();
            }
        });
    }

    // ---- faults

    boolean isDown() {
        return down;
    }

    /** Goes down, and loses what is in it. */
    void down() {
        down = true;
        generation++;
        serialised++;
        queue.clear();
        queuedBytes = 0;
        lastArrivalNanos = 0;
    }

    void up() {
        down = false;
    }

    void rate(double bytesPerSecond) {
        double leftBytes = Math.max(0, headDoneNanos - clock.nowNanos()) * bytesPerNano;
        bytesPerNano = bytesPerSecond / NANOS_PER_SECOND;
        if (!queue.isEmpty()) {
            serialiseHead(clock.nowNanos(), leftBytes);
        }
    }

    void delay(long newDelayNanos) {
        delayNanos = newDelayNanos;
    }
}
