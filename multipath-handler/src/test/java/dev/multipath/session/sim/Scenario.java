package dev.multipath.session.sim;

import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.session.sim.EndPlan.ActionKind;
import dev.multipath.session.sim.EndPlan.Ending;
import dev.multipath.session.sim.PathModel.Fault;
import java.util.List;
import java.util.stream.Stream;

/**
 * All that a simulation depends on besides the random numbers drawn while it runs.
 *
 * @param seed from which everything is drawn
 * @param startNanos the clock's first value
 * @param paths one to four
 * @param client what the client does
 * @param server what the server does
 * @param roundRobin whether the schedulers take turns instead of preferring the lowest round-trip time
 * @param readBatchFrames how many frames are read from a connection before anything is sent
 * @param course what it runs to
 */
record Scenario(
        long seed,
        long startNanos,
        List<PathModel> paths,
        EndPlan client,
        EndPlan server,
        boolean roundRobin,
        int readBatchFrames,
        Course course) {

    /** What a scenario is about. */
    sealed interface Course {}

    /**
     * All that both ends write is delivered, whatever befalls the paths, which are dialled again; then it ends in order. In
     * either profile.
     *
     * @param goWindowFrames how far ahead of its application a server reads that is like Go's; 0 for one of our own
     */
    record Delivery(int goWindowFrames) implements Course {}

    /**
     * Ends come and go as they like, and paths are away for as long as they like, until the horizon; then everything comes to
     * its end, and each end tells the truth of it. In the extended profile.
     *
     * @param outages deaths of all paths at once, one after the other
     * @param rests whether the ends stay until everything has come to rest
     * @param isCalmBulk whether nothing disturbs two eager applications with frames of the usual size
     * @param horizonNanos when all faults are over, and all applications read what comes
     */
    record Eventful(List<Fault> outages, boolean rests, boolean isCalmBulk, long horizonNanos) implements Course {}

    private static final double NANOS_PER_SECOND = 1e9;

    Scheduler scheduler() {
        return roundRobin ? new RoundRobinScheduler() : new LowestRttScheduler();
    }

    /** Whether both ends offer the extended profile. */
    boolean extended() {
        return client.config().extended().enabled()
                && server.config().extended().enabled();
    }

    /** Whether both ends stay until the simulation finds that nothing moves any more. */
    boolean closesAtRest() {
        return client.ending() == Ending.CLOSE_AT_REST && server.ending() == Ending.CLOSE_AT_REST;
    }

    /** Whether nothing happens to any subflow. */
    boolean isUndisturbed() {
        return (!(course instanceof Eventful eventful) || eventful.outages.isEmpty())
                && paths.stream().allMatch(path -> path.faults().isEmpty())
                && Stream.of(client, server)
                        .flatMap(plan -> plan.actions().stream())
                        .noneMatch(action -> action.kind() == ActionKind.CLOSE_SUBFLOW);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("seed " + seed + "\n");
        paths.forEach(path -> text.append("  path    ").append(path).append('\n'));
        return text.append("  client  " + client + "\n  server  " + server + "\n")
                .append("  " + (roundRobin ? "round robin" : "lowest RTT") + ", " + readBatchFrames
                        + " frames a read, start " + startNanos / NANOS_PER_SECOND + " s, " + course)
                .toString();
    }
}
