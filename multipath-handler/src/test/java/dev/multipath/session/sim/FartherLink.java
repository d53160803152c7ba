package dev.multipath.session.sim;

import java.util.SplittableRandom;

/** A link that others use too, for those who are farther away: what waits is the same, and the way is longer. */
final class FartherLink extends TcpLink {

    private final EventQueue clock;
    private final TcpLink bottleneck;
    private final long fartherNanos;

    FartherLink(EventQueue clock, PathSpec spec, TcpLink bottleneck, long fartherNanos) {
        super(clock, spec, 1, new SplittableRandom(0));
        this.clock = clock;
        this.bottleneck = bottleneck;
        this.fartherNanos = fartherNanos;
    }

    @Override
    long heldUntilNanos() {
        return bottleneck.heldUntilNanos();
    }

    @Override
    int passing(int payloadBytes) {
        return bottleneck.passing(payloadBytes);
    }

    @Override
    void send(int payloadBytes, Runnable onArrival) {
        bottleneck.send(payloadBytes, () -> clock.after(fartherNanos, onArrival));
    }

    @Override
    void sendSmall(Runnable onArrival) {
        bottleneck.sendSmall(() -> clock.after(fartherNanos, onArrival));
    }

    @Override
    long queueDelayNanos() {
        return bottleneck.queueDelayNanos();
    }
}
