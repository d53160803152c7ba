package dev.multipath.session.sim;

import dev.multipath.session.Subflow;
import java.util.HashMap;
import java.util.Map;

/**
 * What the owner of a session, at either end, remembers of paths on which data got stuck, as the channel's {@code StuckRoutes} and
 * {@code RouteTrust} do: the next subflow there carries copies until it has delivered some, and ever more if that happens again
 * within 10 s.
 */
final class StuckPaths {

    private static final long FIRST_TRIAL_BYTES = 32 << 10;
    private static final long GROWTH = 4;
    private static final long LONGEST_TRIAL_BYTES = 16 << 20;
    private static final long FORGIVING_NANOS = 10_000_000_000L;

    private static final class Stuck {
        long trialBytes;
        long failedAtNanos;
        Subflow last;

        boolean isPassed() {
            return last != null && last.isTrusted();
        }

        boolean isLongAgo(long nowNanos) {
            return nowNanos - failedAtNanos >= FORGIVING_NANOS;
        }
    }

    private final Map<Object, Stuck> paths = new HashMap<>();

    /** A new subflow; returns how much it has to deliver in copies first. */
    long onNew(Object path, Subflow subflow, long nowNanos) {
        Stuck stuck = paths.get(path);
        if (stuck == null) {
            return 0;
        }
        if (stuck.isPassed() && stuck.isLongAgo(nowNanos)) {
            paths.remove(path);
            return 0;
        }
        long trialBytes = stuck.isPassed() && stuck.trialBytes == FIRST_TRIAL_BYTES ? 0 : stuck.trialBytes;
        stuck.last = subflow;
        return trialBytes;
    }

    /** Returns how much it has to deliver in copies first if it comes back itself. */
    long onStale(Object path, Subflow subflow, long nowNanos) {
        if (subflow.inFlightBytes() == 0) {
            return 0;
        }
        Stuck stuck = paths.computeIfAbsent(path, any -> new Stuck());
        stuck.last = null;
        boolean wasTrusted = subflow.isTrusted();
        if (stuck.trialBytes == 0 || (wasTrusted && stuck.isLongAgo(nowNanos))) {
            stuck.trialBytes = FIRST_TRIAL_BYTES;
        } else if (wasTrusted) {
            stuck.trialBytes = Math.min(GROWTH * stuck.trialBytes, LONGEST_TRIAL_BYTES);
        }
        stuck.failedAtNanos = nowNanos;
        return wasTrusted && stuck.trialBytes > FIRST_TRIAL_BYTES ? stuck.trialBytes : 0;
    }

    void onRecovered(Object path, Subflow subflow) {
        Stuck stuck = paths.get(path);
        if (stuck != null && stuck.last == null) {
            stuck.last = subflow;
        }
    }
}
