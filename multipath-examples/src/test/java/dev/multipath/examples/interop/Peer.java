package dev.multipath.examples.interop;

import java.util.concurrent.CompletableFuture;

/** One end of a session while it does its job, in this process or another. Closing it stops it at once. */
interface Peer extends AutoCloseable {

    /**
     * What came of the job.
     *
     * @param bytes length of the stream it has sent, received or echoed
     * @param sha256 of that stream, in hexadecimal digits
     */
    record Outcome(long bytes, String sha256) {}

    /** Fails when the job did. */
    CompletableFuture<Outcome> end();

    /** How far it is, for who reads a failure. */
    String progress();

    @Override
    void close();
}
