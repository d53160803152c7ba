package dev.multipath.path;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.HashMap;
import java.util.Map;

/** What is going on with one path of a {@link PathManager}: its subflows, and the attempt that is made or waited for. */
final class PathSlot {

    private static final long START_NANOS = System.nanoTime();

    final Path path;
    final RedialBackoff backoff;

    /** The attempt that is under way, or null. */
    SubflowDialer dialer;

    private Future<?> redial;
    private final Map<Channel, Merit> subflows = new HashMap<>();

    PathSlot(Path path, RedialBackoff backoff) {
        this.path = path;
        this.backoff = backoff;
    }

    private static long nowNanos() {
        return System.nanoTime() - START_NANOS;
    }

    // ---- its subflows

    boolean hasSubflow() {
        return !subflows.isEmpty();
    }

    void onEstablished(Channel subflow) {
        dialer = null;
        subflows.put(subflow, new Merit(nowNanos()));
        // Until it has earned something.
        backoff.onFailed();
    }

    /** A subflow is gone. Returns whether it has earned quick redials. */
    boolean onLost(Channel subflow, long carriedBytes) {
        Merit merit = subflows.remove(subflow);
        return merit != null && take(merit, carriedBytes);
    }

    void onRefused(Channel subflow) {
        subflows.remove(subflow);
    }

    /** As {@link #onLost}, of one that may come back. */
    boolean onStale(Channel subflow, long carriedBytes) {
        Merit merit = subflows.get(subflow);
        if (merit == null) {
            return false;
        }
        boolean earned = take(merit, carriedBytes);
        merit.onStale();
        return earned;
    }

    void onRecovered(Channel subflow) {
        Merit merit = subflows.get(subflow);
        if (merit != null) {
            merit.onRecovered(nowNanos());
        }
    }

    private boolean take(Merit merit, long carriedBytes) {
        boolean earned = merit.take(carriedBytes, nowNanos());
        if (earned) {
            backoff.reset();
        }
        return earned;
    }

    // ---- its attempts

    /** Nothing is under way, and nothing waited for. */
    boolean isAtRest() {
        return dialer == null && redial == null;
    }

    void awaitRedial(Future<?> timer) {
        redial = timer;
    }

    void onRedialDue() {
        redial = null;
    }

    void cancelRedial() {
        if (redial != null) {
            redial.cancel(false);
            redial = null;
        }
    }

    /** The session is left unfinished, or not: {@link SubflowDialer#cancel}. */
    void cancelDialer(boolean cut) {
        if (dialer != null) {
            dialer.cancel(cut);
            dialer = null;
        }
    }
}
