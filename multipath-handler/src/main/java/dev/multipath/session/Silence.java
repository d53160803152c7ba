package dev.multipath.session;

/** What is made of it when nothing comes on one subflow any more: see {@link Suspicion}. */
final class Silence {

    /** The subflow was heard of since it was last asked. */
    private static final long NOT_ASKED = -1;

    private long askedAtNanos = NOT_ASKED;
    private long receivedBytesAtAsk;
    private long askedForHole;
    private boolean suspect;

    boolean isSuspect() {
        return suspect;
    }

    void suspect() {
        suspect = true;
        askedAtNanos = NOT_ASKED;
    }

    /** It is broken. Returns whether that ends a suspicion. */
    boolean onHeard() {
        boolean cleared = suspect;
        suspect = false;
        askedAtNanos = NOT_ASKED;
        return cleared;
    }

    boolean isAsked() {
        return askedAtNanos != NOT_ASKED;
    }

    long askedAtNanos() {
        return askedAtNanos;
    }

    void onAsked(long receivedBytes, long hole, long nowNanos) {
        askedAtNanos = nowNanos;
        receivedBytesAtAsk = receivedBytes;
        askedForHole = hole;
    }

    /** How much has come on the subflow since it was asked last. */
    long newBytes(long receivedBytes) {
        return receivedBytes - receivedBytesAtAsk;
    }

    /** Each missing frame is a reason to ask once. */
    boolean wasAskedForHole(long hole) {
        return askedForHole == hole;
    }
}
