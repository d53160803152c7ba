package dev.multipath.scheduler;

/** A frame on its way, somewhere in the middle of a long transfer if a test does not say otherwise. */
record FakeFrame(
        int payloadBytes,
        int copies,
        long aheadBytes,
        long behindBytes,
        long sessionBytes,
        boolean isAtRisk,
        Urgency urgency)
        implements FrameView {

    private static final long MUCH = 100 << 20;

    static FakeFrame inTheMiddle() {
        return new FakeFrame(10_000, 1, MUCH, MUCH, MUCH, false, Urgency.NORMAL);
    }

    FakeFrame withCopies(int newCopies) {
        return new FakeFrame(payloadBytes, newCopies, aheadBytes, behindBytes, sessionBytes, isAtRisk, urgency);
    }

    FakeFrame first() {
        return new FakeFrame(payloadBytes, copies, 0, behindBytes, sessionBytes, isAtRisk, urgency);
    }

    FakeFrame last() {
        return new FakeFrame(payloadBytes, copies, aheadBytes, 0, sessionBytes, isAtRisk, urgency);
    }

    FakeFrame atRisk() {
        return new FakeFrame(payloadBytes, 0, aheadBytes, behindBytes, sessionBytes, true, urgency);
    }

    FakeFrame urgent() {
        return new FakeFrame(payloadBytes, copies, aheadBytes, behindBytes, sessionBytes, isAtRisk, Urgency.URGENT);
    }

    FakeFrame afterSoMuch(long newSessionBytes) {
        return new FakeFrame(payloadBytes, copies, aheadBytes, behindBytes, newSessionBytes, isAtRisk, urgency);
    }
}
