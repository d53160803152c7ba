package dev.multipath.session.sim;

import java.util.List;

/**
 * What a path is like, in both directions, and what befalls it.
 *
 * @param bytesPerSecond its rate
 * @param delayNanos one way, without queues
 * @param jitterNanos the most that is added to it; order is kept
 * @param sendBufferBytes above this the sender is told to stop, below half of it to go on
 * @param receiveBufferBytes the most that is on the way or unread
 * @param faults one after the other
 */
record PathModel(
        long bytesPerSecond,
        long delayNanos,
        long jitterNanos,
        long sendBufferBytes,
        long receiveBufferBytes,
        List<Fault> faults) {

    /** What happens to a path. */
    enum FaultKind {
        /** Nothing moves for a while. */
        STALL,
        /** Nothing moves towards the server for a while. */
        STALL_TO_SERVER,
        /** Nothing moves towards the client for a while. */
        STALL_TO_CLIENT,
        /** The connection breaks; a new one takes its place after a while. */
        DEATH
    }

    /**
     * One fault.
     *
     * @param kind what
     * @param afterNanos how long after the one before, or after the connection is up
     * @param durationNanos how long a stall lasts; how long after noticing a death the client dials again
     * @param clientLearnsNanos how long after the death the client notices
     * @param serverLearnsNanos how long after the death the server notices
     * @param losesUnread whether a death takes what has arrived and was not read
     */
    record Fault(
            FaultKind kind,
            long afterNanos,
            long durationNanos,
            long clientLearnsNanos,
            long serverLearnsNanos,
            boolean losesUnread) {

        @Override
        public String toString() {
            return kind + String.format("(after %.3f s, %.3f s", afterNanos / 1e9, durationNanos / 1e9)
                    + (kind == FaultKind.DEATH
                            ? String.format(
                                    ", client learns %.3f s, server %.3f s, unread %s",
                                    clientLearnsNanos / 1e9, serverLearnsNanos / 1e9, losesUnread ? "lost" : "kept")
                            : "")
                    + ")";
        }
    }

    PathModel withFaults(List<Fault> newFaults) {
        return new PathModel(
                bytesPerSecond, delayNanos, jitterNanos, sendBufferBytes, receiveBufferBytes, List.copyOf(newFaults));
    }

    @Override
    public String toString() {
        return String.format(
                "%,d B/s, %.2f ms + %.2f ms, send %,d B, receive %,d B, %s",
                bytesPerSecond, delayNanos / 1e6, jitterNanos / 1e6, sendBufferBytes, receiveBufferBytes, faults);
    }
}
