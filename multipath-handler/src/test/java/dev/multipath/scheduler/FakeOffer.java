package dev.multipath.scheduler;

/** So much waits, so much of it has to arrive by then, and a subflow is so far behind others. */
record FakeOffer(
        long queuedBytes, Urgency urgency, long dueBytes, long deadlineNanos, SubflowView behind, long behindBytes)
        implements Offer {

    static FakeOffer of(long queuedBytes) {
        return of(queuedBytes, Urgency.NORMAL);
    }

    static FakeOffer of(long queuedBytes, Urgency urgency) {
        return new FakeOffer(queuedBytes, urgency, 0, Long.MAX_VALUE, null, 0);
    }

    static FakeOffer due(long bytes, long deadlineNanos) {
        return new FakeOffer(bytes, Urgency.NORMAL, bytes, deadlineNanos, null, 0);
    }

    FakeOffer withUncopied(SubflowView subflow, long bytes) {
        return new FakeOffer(queuedBytes, urgency, dueBytes, deadlineNanos, subflow, bytes);
    }

    @Override
    public long roomBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean isRepetition() {
        return false;
    }

    @Override
    public long uncopiedBytes(SubflowView subflow) {
        return subflow == behind ? behindBytes : 0;
    }
}
