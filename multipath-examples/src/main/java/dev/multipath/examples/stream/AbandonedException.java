package dev.multipath.examples.stream;

import java.io.IOException;

/** This program has given a session up: what its handlers, and who waits for it, are told. */
public final class AbandonedException extends IOException {
    private final AbortReason reason;

    AbandonedException(AbortReason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** Which kind of reason there was. */
    public AbortReason reason() {
        return reason;
    }
}
