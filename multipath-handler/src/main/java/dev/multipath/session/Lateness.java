package dev.multipath.session;

/**
 * How late this end's thread comes to what is due, since it has other things to do. So long what the peer has said may lie unread,
 * and so much longer than its path's a round trip may seem: nobody else is to be blamed for that. The most of what was seen
 * lately.
 */
final class Lateness {

    /** A thread that stood still for longer, as on a laptop that slept, will not do so each time. */
    static final long MAX_NANOS = 1_000_000_000L;

    /** Each look that is in time takes away that part of what is remembered, since a turn of a busy thread is not always met in its middle. */
    private static final int FADING = 8;

    /** Who has looked at nothing for so long knows nothing of his thread. */
    private static final long FORGETTING_NANOS = 1_000_000_000L;

    private long nanos;
    private long lookedAtNanos;

    /** This thread has come to what was due, so much later. */
    void onLook(long lateNanos, long nowNanos) {
        long rememberedNanos = nowNanos - lookedAtNanos > FORGETTING_NANOS ? 0 : nanos - nanos / FADING;
        nanos = Math.min(Math.max(lateNanos, rememberedNanos), MAX_NANOS);
        lookedAtNanos = nowNanos;
    }

    long nanos() {
        return nanos;
    }
}
