package dev.multipath.session;

/**
 * Whether a subflow may carry what no other does. One on a path that let handshakes through, and small packets, and then no
 * data may not: it carries copies until it has delivered some.
 */
final class Probation {

    /** Some twenty full packets: a path that carries them carries more. Little beside what a stall costs. */
    private static final long PASSING_BYTES = 32 << 10;

    private long remainingBytes;
    private boolean passed;

    void begin() {
        remainingBytes = PASSING_BYTES;
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
