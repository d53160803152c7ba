package dev.multipath.examples.interop;

/**
 * One transfer between this implementation and Go's.
 *
 * @param goEnd which end the Go peer is
 * @param clientJob what the client does; the server does the counterpart
 * @param writeBytes size of the application's writes at both ends
 */
record InteropCase(End goEnd, Job clientJob, int paths, int writeBytes, long streamBytes, Disturbance disturbance) {

    /** What the tap does to the session. */
    enum Disturbance {
        NONE,
        /**
         * The path that carries the most frames is reset when half of the stream is delivered, and stays away. When the
         * Go peer sends the stream, the path first loses all that comes, and is reset in the sender's next pause: what
         * {@code Write} has put into the queue of a subflow is lost when the subflow's {@code sendLoop} fails in a
         * write, so that a reset amid its writes makes every second session hang.
         */
        KILL_BUSIEST_PATH,
        /** All control frames that the base profile leaves free come around every frame, towards the Go peer. */
        FREE_CONTROLS
    }

    Job jobOf(final End end) {
        return end == End.CLIENT ? clientJob : clientJob.other();
    }

    boolean goSendsStream() {
        return jobOf(goEnd) != Job.SINK;
    }

    /** Also a file name. */
    @Override
    public String toString() {
        return "go-" + goEnd.name().toLowerCase() + "_" + direction() + "_" + paths + "-paths_" + writeBytes
                + "-byte-writes_" + streamBytes
                + (disturbance == Disturbance.NONE
                        ? ""
                        : "_" + disturbance.name().toLowerCase());
    }

    private String direction() {
        return switch (clientJob) {
            case SOURCE -> "up";
            case SINK -> "down";
            case ECHO_CLIENT, ECHO_SERVER -> "echo";
        };
    }
}
