package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.GoingAwayFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.JoinResponseFrame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathSocketFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.codec.ResetFrame;
import java.util.Arrays;

/** Frames as tests that read as stories call them. */
final class FrameWords {

    private FrameWords() {}

    /** Of data only the number and size, of acknowledgements all but their delay. */
    static String of(Frame frame) {
        if (frame instanceof DataFrame data) {
            return "frame " + data.frameNumber() + " of " + data.payload().readableBytes();
        }
        if (frame instanceof ControlFrame control) {
            return control.isPing() ? "ping" : control.isPong() ? "pong" : "control " + control.number();
        }
        if (frame instanceof AckFrame ack) {
            return "ack " + ack.frameNumber();
        }
        if (frame instanceof CumulativeAckFrame ack) {
            return "ack " + ack.nextExpected() + (ack.ranges().length == 0 ? "" : " " + Arrays.toString(ack.ranges()))
                    + ", here " + ack.subflowFrames() + ", grant " + ack.maxDataBytes();
        }
        if (frame instanceof HelloFrame hello) {
            return "hello" + (hello.sessionKey() == null ? "" : " with key") + ", grant " + hello.maxDataBytes();
        }
        if (frame instanceof FinFrame fin) {
            return "fin " + fin.frameNumber();
        }
        if (frame instanceof ResetFrame reset) {
            return "reset " + reset.code() + reset.reason();
        }
        if (frame instanceof JoinRequestFrame request) {
            return "request " + request.pathId();
        }
        if (frame instanceof JoinChallengeFrame) {
            return "challenge";
        }
        if (frame instanceof JoinResponseFrame) {
            return "response";
        }
        if (frame instanceof PathStatusFrame status) {
            return "path " + status.pathId() + (status.backup() ? " backup" : " available");
        }
        if (frame instanceof PathCloseFrame close) {
            return "path " + close.pathId() + " closed " + close.code() + close.reason();
        }
        if (frame instanceof PathSuspectFrame suspect) {
            return "path " + suspect.pathId() + " suspect";
        }
        if (frame instanceof PathSocketFrame socket) {
            return "socket of " + socket.group();
        }
        if (frame instanceof AddAddressFrame add) {
            return "address " + add.addressId() + " at " + add.address().getPort();
        }
        if (frame instanceof GoingAwayFrame) {
            return "going away";
        }
        if (frame instanceof RemoveAddressFrame remove) {
            return "no address " + remove.addressId();
        }
        return frame.toString();
    }
}
