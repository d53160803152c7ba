package dev.multipath.session;

/** The peer acknowledged a frame number that was never sent to it; its subflow is to be closed. */
public final class UnsentFrameAckedException extends MultipathException {

    UnsentFrameAckedException(long frameNumber, long nextFrameNumber) {
        super("acknowledgement of frame " + frameNumber + ", but the next one to be sent is " + nextFrameNumber);
    }
}
