package dev.multipath.session;

import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.scheduler.Scheduler;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * How a session decides what leaves where.
 *
 * @param scheduler which subflow carries the next frame; of this session alone
 * @param congestionControl makes the policy of each subflow of what may be in flight on it
 */
public record SessionPolicies(Scheduler scheduler, Supplier<CongestionControl> congestionControl) {

    /**
     * Checks that there are both.
     *
     * @param scheduler not null
     * @param congestionControl not null
     */
    public SessionPolicies {
        Objects.requireNonNull(scheduler);
        Objects.requireNonNull(congestionControl);
    }

    /**
     * {@return the usual limit of what may be in flight, with a scheduler}
     *
     * @param scheduler which subflow carries the next frame
     */
    public static SessionPolicies of(Scheduler scheduler) {
        return new SessionPolicies(scheduler, BandwidthDelayControl::new);
    }
}
