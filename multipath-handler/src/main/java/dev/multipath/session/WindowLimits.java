package dev.multipath.session;

/** What both ends of a session have to agree on without a word. */
final class WindowLimits {

    /**
     * The most frames that may be on the way, and that are put in order: the Go peer drops without acknowledgement what is
     * this far ahead of what its application has read.
     */
    static final int MAX_FRAMES = 4096;

    /** What each end of the extended profile may send before it has heard of any grant: {@code docs/PROTOCOL.md} 4.4. */
    static final long INITIAL_CREDIT_BYTES = 64 << 10;

    private WindowLimits() {}
}
