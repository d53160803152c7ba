package dev.multipath.congestion;

/**
 * How much a transport holds back that tells nothing of itself. It has to be guessed from silence: how long nothing was acknowledged that should
 * have been. There are two causes of a silence, and only what comes behind it tells which it was.
 *
 * <p>A hole. A packet was lost, so the peer's host keeps back all that came after it, until the packet has been sent again; then all is acknowledged
 * at once. Meanwhile the path goes on delivering: it has room for as many bytes as it brings in that time. So as much more may be in
 * flight as is missed ({@link #bytes}). What is on the path stays the same then, and no queue gets longer.
 *
 * <p>A pause. The transport itself sends next to nothing (bbr's PROBE_RTT, a time-out). Then only a trickle is acknowledged behind the silence, and
 * what the transport was given meanwhile still waits in it. So it gets nothing more ({@link #isPaused}) until most of that has come.
 *
 * <pre>
 *               nothing missed               silence                 what comes is a 16th of what is missed
 *   FLOWS ◄───────────────────────── MISSED ◄─────── FLOWS    MISSED ──────────────────────────────────────► PAUSED
 *     ▲                                                                                                        │
 *     └──────────────────── most has come, before a new silence; or in flight below half of the product ───────┘
 * </pre>
 */
class Withheld {

    /** Of a path of which nothing was ever missed, as of many idle sessions. */
    static final Withheld NOTHING = new Withheld(0) {
        @Override
        Withheld afterSilence(double seconds, double bytesPerSecond, double productBytes) {
            return seconds == 0 ? this : new Withheld(productBytes).afterSilence(seconds, bytesPerSecond, productBytes);
        }

        @Override
        void onEstimate(double newProductBytes) {}

        @Override
        void onDelivered(int payloadBytes, long inFlightBytes, long limitBytes) {}

        @Override
        void onResolved(long inFlightBytes) {}
    };

    /** An acknowledgement waits for 2 ms, and event loops take their turns. */
    private static final double GRACE_SECONDS = 0.005;

    /** And of a frame that has not come whole there is none: two of the smallest of bulk. */
    private static final double GRACE_BYTES = 8 << 10;

    /**
     * Of what the rate says while one hole follows the other: it is the greatest of late, and what it is too high by would add up until the queue
     * overflows. As much less than the rate as a path that has shown its limit may have more in flight.
     */
    private static final double CONTINUED_SHARE = 0.8;

    /** Behind less silence than this part of what the path holds, nothing is said of a pause. */
    private static final double PAUSE_SHARE = 0.5;

    /** Four packets of a path that holds some sixty. A hole that is filled leaves that little only where the next is close behind it. */
    private static final int TRICKLE_DIVISOR = 16;

    /**
     * What was given to a transport before its pause was seen leaves at once when that is over, and a short queue overflows: what follows is
     * not to stand behind that.
     */
    private static final double RESTED_SHARE = 0.5;

    private double productBytes;

    /** What was missed at the newest acknowledgement, and had not come with it. */
    private double owedBytes;

    /** What is missed now. */
    private double bytes;

    /** What is missed by the silence that is under way; less than nothing if it is none yet. */
    private double silentBytes;

    /** What was missed at the end of the newest silence, and what has come since. */
    private double silenceBytes;

    private double cameBytes;

    /** It has paused, and what it was given meanwhile may not have left yet. */
    private boolean resting;

    private Withheld(double productBytes) {
        this.productBytes = productBytes;
    }

    void onEstimate(double newProductBytes) {
        productBytes = newProductBytes;
    }

    /**
     * What holds after a silence of so long. Where all has come that was missed before, a little silence is none. Else the next hole was close behind:
     * what acknowledgements are late by has been left out once, and would be left out some dozen times a second.
     */
    Withheld afterSilence(double seconds, double bytesPerSecond, double newProductBytes) {
        silentBytes = bytesPerSecond * (seconds - GRACE_SECONDS) - GRACE_BYTES;
        bytes = owedBytes > 0 ? owedBytes + CONTINUED_SHARE * bytesPerSecond * seconds : Math.max(0, silentBytes);
        resting |= silentBytes > 0 && isTrickle();
        return this;
    }

    void onDelivered(int payloadBytes, long inFlightBytes, long limitBytes) {
        if (silentBytes > 0) {
            // More than is in flight is not missed, however fast the path is: in milliseconds in which nobody's thread
            // had a turn, a fast
            // one would have brought many times that, and what comes then looked like a trickle.
            silenceBytes = Math.min(bytes, inFlightBytes + payloadBytes);
            cameBytes = 0;
        }
        cameBytes += payloadBytes;
        // Rates err: what is not in flight is not missed.
        owedBytes = inFlightBytes <= limitBytes ? 0 : Math.max(0, bytes - payloadBytes);
        bytes = owedBytes;
    }

    /** Of what was given to it less is left: it has arrived, or was given up. */
    void onResolved(long inFlightBytes) {
        if (inFlightBytes == 0) {
            forget();
        } else if (inFlightBytes <= RESTED_SHARE * productBytes) {
            endPause();
        }
    }

    /** Nothing is on the way. */
    private void forget() {
        owedBytes = 0;
        bytes = 0;
        endPause();
    }

    private void endPause() {
        silenceBytes = 0;
        resting = false;
    }

    double bytes() {
        return bytes;
    }

    boolean isPaused() {
        return resting || isTrickle();
    }

    private boolean isTrickle() {
        return silenceBytes > PAUSE_SHARE * productBytes && TRICKLE_DIVISOR * cameBytes < silenceBytes;
    }
}
