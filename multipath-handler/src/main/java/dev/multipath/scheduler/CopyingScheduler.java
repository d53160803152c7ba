package dev.multipath.scheduler;

import java.util.List;

/**
 * A scheduler that has some frames carried by several subflows: the first by {@link #select}, the others by this. Only with peers of
 * the extended profile, since those of the base one may be harmed by copies that are not needed.
 */
public interface CopyingScheduler extends Scheduler {

    /**
     * Whether a subflow carries a copy too. Each that has room is asked, before it is given anything new, once for every frame that
     * is not acknowledged and that it does not carry, in their order; and once more when a subflow has got into trouble.
     *
     * @param subflow one of the subflows, whose {@link SubflowView#canTake()} is true
     * @param frame what is on its way on others; valid during the call
     * @param subflows as for {@link #select}
     * @param nowNanos the session's time
     * @return whether a copy is to leave now
     */
    boolean copies(SubflowView subflow, FrameView frame, List<? extends SubflowView> subflows, long nowNanos);
}
