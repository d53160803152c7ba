package dev.multipath.scheduler;

/** So much waits, and so much of it has to arrive by then. */
record FakeOffer(long queuedBytes, Urgency urgency, long dueBytes, long deadlineNanos) implements Offer {

    static FakeOffer of(long queuedBytes) {
        return new FakeOffer(queuedBytes, Urgency.NORMAL, 0, Long.MAX_VALUE);
    }

    static FakeOffer of(long queuedBytes, Urgency urgency) {
        return new FakeOffer(queuedBytes, urgency, 0, Long.MAX_VALUE);
    }

    static FakeOffer due(long bytes, long deadlineNanos) {
        return new FakeOffer(bytes, Urgency.NORMAL, bytes, deadlineNanos);
    }

    @Override
    public long roomBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean isRepetition() {
        return false;
    }
}
