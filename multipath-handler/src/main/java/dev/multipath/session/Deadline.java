package dev.multipath.session;

/** Points in time that something waits for, in nanoseconds of the session's clock. */
public final class Deadline {

    /** Nothing is waited for. Later than every other one, so that the earliest of several is their minimum. */
    public static final long NONE = Long.MAX_VALUE;

    private Deadline() {}
}
