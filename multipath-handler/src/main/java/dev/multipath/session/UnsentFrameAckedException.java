package dev.multipath.session;

/** The peer acknowledged a frame that was never sent to it, or never on this subflow. */
public final class UnsentFrameAckedException extends SubflowViolationException {

    UnsentFrameAckedException(long frameNumber, long nextFrameNumber) {
        super("acknowledgement of frame " + frameNumber + ", but the next one to be sent is " + nextFrameNumber);
    }

    UnsentFrameAckedException(long subflowFrames, long sentFrames, int subflowId) {
        super("acknowledgement of " + subflowFrames + " frames on subflow " + subflowId + ", but " + sentFrames
                + " were sent");
    }
}
