package dev.multipath.path;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The times at which paths are dialled again, for a {@link PathManager}: {@link RedialBackoff} says when, a change of this
 * host's interfaces makes it soon. Runs on the session's event loop.
 */
final class Redials {

    /** Nobody waits for it. */
    static final long REST_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final EventLoop eventLoop;
    private final InterfaceWatch watch;
    private final Consumer<PathSlot> dialing;
    private final Supplier<List<PathSlot>> slots;
    private final Ticker ticker;
    private final long startNanos;

    /** No subflow delivers. */
    private boolean urgent;

    /** While any path wants a subflow; else null. */
    private InterfaceWatch.Registration interfaces;

    /**
     * Creates them, at rest.
     *
     * @param watch tells of this host's interfaces
     * @param dialing dials a path
     * @param slots all paths
     */
    Redials(EventLoop eventLoop, InterfaceWatch watch, Consumer<PathSlot> dialing, Supplier<List<PathSlot>> slots) {
        this.eventLoop = eventLoop;
        this.watch = watch;
        this.dialing = dialing;
        this.slots = slots;
        ticker = Tickers.of(eventLoop);
        startNanos = ticker.nanoTime();
    }

    long nowNanos() {
        return ticker.nanoTime() - startNanos;
    }

    /** A path may have no subflow that delivers any more: it is dialled after this time, if nothing is under way. */
    void search(PathSlot slot, long delayNanos) {
        if (slot.isSought() && slot.isAtRest()) {
            dialAfter(slot, delayNanos);
        }
    }

    /** After an attempt: the next one in its time, unless the path delivers before. */
    void goOn(PathSlot slot) {
        if (slot.isSought() && !slot.awaitsRedial()) {
            dialAfter(slot, slot.backoff.intervalNanos(urgent, nowNanos()));
        }
    }

    /** More attempts would be in vain; what the server lets in may change all the same. */
    void rest(PathSlot slot) {
        dialAfter(slot, REST_NANOS);
    }

    /** A place may have become free. */
    void onRoom() {
        for (PathSlot slot : slots.get()) {
            if (slot.isCrowdedOut()) {
                slot.onRoom();
                search(slot, slot.backoff.delayNanos());
            }
        }
    }

    private void dialAfter(PathSlot slot, long delayNanos) {
        slot.awaitRedial(eventLoop.schedule(() -> onDue(slot), delayNanos, TimeUnit.NANOSECONDS));
        if (interfaces == null) {
            interfaces = watch.watch(() -> OwnerLoop.run(eventLoop, this::onInterfacesChanged));
        }
    }

    private void onDue(PathSlot slot) {
        slot.cancelRedial();
        dialing.accept(slot);
    }

    void onNoneDelivers() {
        urgent = true;
    }

    void onDelivers() {
        urgent = false;
        if (slots.get().stream().noneMatch(PathSlot::isSought)) {
            stop();
        }
    }

    /** What was learnt of all paths' failures says little now. */
    void beginAnew() {
        for (PathSlot slot : slots.get()) {
            slot.backoff.onChange(nowNanos());
            // Who was stale may be so long already; of who is gone the peer may be just about to end the session.
            dialAfter(slot, slot.hasSubflow() ? 0 : slot.backoff.delayNanos());
        }
    }

    /** What was not to be reached may be so now, and another way be there to what was. */
    private void onInterfacesChanged() {
        for (PathSlot slot : slots.get()) {
            if (slot.isSought() && slot.awaitsRedial()) {
                slot.backoff.onChange(nowNanos());
                dialAfter(slot, slot.backoff.delayNanos());
            }
        }
    }

    /** This host's interfaces are of no interest any more; who stops for good cancels what each path waits for besides. */
    void stop() {
        if (interfaces != null) {
            interfaces.cancel();
            interfaces = null;
        }
    }
}
