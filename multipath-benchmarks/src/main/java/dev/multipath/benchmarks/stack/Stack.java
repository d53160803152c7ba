package dev.multipath.benchmarks.stack;

import java.util.Locale;

/**
 * What is between the two applications.
 *
 * @param transport carries it
 * @param subflows how many each session has; 0 for plain Netty
 * @param tls whether each connection is encrypted
 */
public record Stack(Transport transport, int subflows, boolean tls) {

    /** {@return plain Netty of the same transport} */
    public Stack plain() {
        return new Stack(transport, 0, tls);
    }

    boolean isPlain() {
        return subflows == 0;
    }

    /** {@return for a table} */
    @Override
    public String toString() {
        return transport.name().toLowerCase(Locale.ROOT)
                + (tls ? " TLS" : "")
                + (isPlain() ? " plain" : " multipath " + subflows);
    }
}
