package dev.multipath.benchmarks.stack;

import dev.multipath.session.SessionConfig;
import java.util.Locale;

/**
 * What is between the two applications.
 *
 * @param transport carries it
 * @param subflows how many each session has; 0 for plain Netty
 * @param tls whether each connection is encrypted
 * @param loops what the ends run on
 * @param maxFrameBytes of a session's frames
 */
public record Stack(Transport transport, int subflows, boolean tls, Loops loops, int maxFrameBytes) {

    /** What the ends run on. */
    public enum Loops {
        /** One event loop an end. */
        TWO,
        /** One event loop for both: nobody waits for anybody, so that processor time is what the work costs. */
        ONE
    }

    /**
     * One event loop an end.
     *
     * @param transport carries it
     * @param subflows how many each session has; 0 for plain Netty
     * @param tls whether each connection is encrypted
     */
    public Stack(Transport transport, int subflows, boolean tls) {
        this(transport, subflows, tls, Loops.TWO);
    }

    /**
     * With frames as large as they are if nothing is said.
     *
     * @param transport carries it
     * @param subflows how many each session has; 0 for plain Netty
     * @param tls whether each connection is encrypted
     * @param loops what the ends run on
     */
    public Stack(Transport transport, int subflows, boolean tls, Loops loops) {
        this(transport, subflows, tls, loops, SessionConfig.DEFAULT.maxFrameBytes());
    }

    /**
     * {@return the same with frames of at most that size}
     *
     * @param bytes of a payload
     */
    public Stack withMaxFrameBytes(int bytes) {
        return new Stack(transport, subflows, tls, loops, bytes);
    }

    /** {@return plain Netty of the same transport} */
    public Stack plain() {
        return new Stack(transport, 0, tls, loops);
    }

    boolean isPlain() {
        return subflows == 0;
    }

    /** {@return for a table} */
    @Override
    public String toString() {
        return transport.name().toLowerCase(Locale.ROOT)
                + (tls ? " TLS" : "")
                + (isPlain() ? " plain" : " multipath " + subflows)
                + (maxFrameBytes == SessionConfig.DEFAULT.maxFrameBytes() ? "" : ", frames of " + maxFrameBytes + " B");
    }
}
