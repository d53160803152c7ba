package dev.multipath.session.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * From which losses of all subflows an end may count its resumption time ({@code docs/PROTOCOL.md} 4.8), as far as that is seen
 * from outside: not from one since which something has come in order, or subflows have lasted.
 */
final class Solitude {

    private static final long STABLE_NANOS = Duration.ofSeconds(5).toNanos();

    private record Loss(long atNanos, long nextExpected) {}

    private final List<Loss> losses = new ArrayList<>();
    private long resumedAtNanos;

    void onLost(long nextExpected, long nowNanos) {
        if (!losses.isEmpty()) {
            boolean progressed = losses.get(losses.size() - 1).nextExpected != nextExpected;
            if (progressed || nowNanos - resumedAtNanos >= STABLE_NANOS) {
                losses.clear();
            }
        }
        losses.add(new Loss(nowNanos, nextExpected));
    }

    void onJoined(long nowNanos) {
        resumedAtNanos = nowNanos;
    }

    /** Whether an end that gives up now has waited as long as it should: to the end of the time, or to a loss beyond it. */
    boolean isOver(long timeoutNanos, long nowNanos) {
        boolean lostNow = !losses.isEmpty() && losses.get(losses.size() - 1).atNanos == nowNanos;
        return losses.stream()
                .map(loss -> nowNanos - loss.atNanos)
                .anyMatch(waited -> waited == timeoutNanos || (lostNow && waited > timeoutNanos));
    }

    /** When the last subflow was lost. */
    long sinceNanos() {
        return losses.get(losses.size() - 1).atNanos;
    }

    @Override
    public String toString() {
        return losses.toString();
    }
}
