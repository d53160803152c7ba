package dev.multipath.session;

import dev.multipath.scheduler.Offer;

/** What the scheduler is told of the frame that it is to find a subflow for. */
final class NextFrame implements Offer {

    private long queuedBytes;
    private long roomBytes;
    private boolean repetition;

    NextFrame set(long newQueuedBytes, long newRoomBytes, boolean isRepetition) {
        queuedBytes = newQueuedBytes;
        roomBytes = newRoomBytes;
        repetition = isRepetition;
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
}
