package dev.multipath.session;

import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.SubflowView;
import dev.multipath.scheduler.Urgency;

/** What the scheduler is told of the frame that it is to find a subflow for. */
final class NextFrame implements Offer {

    private final Copies copies;
    private final Lateness lateness;
    private long queuedBytes;
    private long roomBytes;
    private boolean repetition;
    private Urgency urgency = Urgency.NORMAL;
    private long dueBytes;
    private long deadlineNanos = Deadline.NONE;

    NextFrame(Copies copies, Lateness lateness) {
        this.copies = copies;
        this.lateness = lateness;
    }

    NextFrame set(long newQueuedBytes, long newRoomBytes, boolean isRepetition) {
        queuedBytes = newQueuedBytes;
        roomBytes = newRoomBytes;
        repetition = isRepetition;
        return with(Urgency.NORMAL, 0, Deadline.NONE);
    }

    NextFrame with(Urgency newUrgency, long newDueBytes, long newDeadlineNanos) {
        if (urgency != newUrgency) {
            // Mostly it is not: what is not written is no work for the garbage collector.
            urgency = newUrgency;
        }
        dueBytes = newDueBytes;
        deadlineNanos = newDeadlineNanos;
        return this;
    }

    @Override
    public long queuedBytes() {
        return queuedBytes;
    }

    @Override
    public long roomBytes() {
        return roomBytes;
    }

    @Override
    public boolean isRepetition() {
        return repetition;
    }

    @Override
    public long lateNanos() {
        return lateness.nanos();
    }

    @Override
    public long uncopiedBytes(SubflowView subflow) {
        return copies.unaskedBytes((SubflowControl) subflow);
    }

    @Override
    public Urgency urgency() {
        return urgency;
    }

    @Override
    public long dueBytes() {
        return dueBytes;
    }

    @Override
    public long deadlineNanos() {
        return deadlineNanos;
    }
}
