package dev.multipath.session;

/**
 * Whether a subflow may carry what no other does. One on a path that let handshakes through, and small packets, and then no
 * data may not: it carries copies until it has delivered some.
 */
final class Probation {

    private long remainingBytes;
    private boolean passed;

    void begin(long trialBytes) {
        remainingBytes = trialBytes;
    }

    boolean isUnderWay() {
        return remainingBytes > 0;
    }

    void onDelivered(int payloadBytes) {
        if (isUnderWay()) {
            remainingBytes = Math.max(0, remainingBytes - payloadBytes);
            passed = !isUnderWay();
        }
    }

    /** Whether it has just ended. */
    boolean takePassed() {
        boolean now = passed;
        passed = false;
        return now;
    }
}
