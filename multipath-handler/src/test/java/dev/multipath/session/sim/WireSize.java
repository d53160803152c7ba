package dev.multipath.session.sim;

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
import dev.multipath.codec.VarInt;
import io.netty.buffer.ByteBufUtil;

/** How many bytes a frame takes on the wire: {@code docs/PROTOCOL.md} 2.1 and 4.1. */
final class WireSize {

    private WireSize() {}

    static int of(Frame frame) {
        if (frame instanceof DataFrame data) {
            int payloadBytes = data.payload().readableBytes();
            return VarInt.encodedLength(payloadBytes) + VarInt.encodedLength(data.frameNumber()) + payloadBytes;
        }
        if (frame instanceof AckFrame ack) {
            return 1 + VarInt.encodedLength(ack.frameNumber());
        }
        if (frame instanceof ControlFrame) {
            return 2;
        }
        int payloadBytes = extended(frame);
        return VarInt.encodedLength(payloadBytes) + 1 + payloadBytes;
    }

    private static int extended(Frame frame) {
        if (frame instanceof CumulativeAckFrame ack) {
            return acknowledgement(ack);
        } else if (frame instanceof HelloFrame hello) {
            int keyBytes = hello.sessionKey() == null ? 0 : HelloFrame.SESSION_KEY_BYTES;
            return varInts(hello.minorVersion(), hello.features(), hello.maxDataBytes())
                    + varInts(hello.resumptionTimeoutMillis(), hello.maxSubflows(), keyBytes)
                    + keyBytes;
        } else if (frame instanceof FinFrame fin) {
            return varInts(fin.frameNumber());
        } else if (frame instanceof ResetFrame reset) {
            return varInts(reset.code()) + ByteBufUtil.utf8Bytes(reset.reason());
        } else if (frame instanceof PathStatusFrame status) {
            return 1 + varInts(status.sequence(), status.pathId()) + 1;
        } else if (frame instanceof PathCloseFrame close) {
            return 1 + varInts(close.pathId(), close.code()) + ByteBufUtil.utf8Bytes(close.reason());
        } else if (frame instanceof PathSuspectFrame suspect) {
            return 1 + varInts(suspect.pathId());
        } else if (frame instanceof PathSocketFrame socket) {
            return 1 + varInts(socket.group());
        } else if (frame instanceof AddAddressFrame add) {
            int addressBytes = add.address().getAddress().getAddress().length;
            return 1 + varInts(add.sequence(), add.addressId()) + 1 + addressBytes + Short.BYTES;
        } else if (frame instanceof RemoveAddressFrame remove) {
            return 1 + varInts(remove.sequence(), remove.addressId());
        } else if (frame instanceof GoingAwayFrame) {
            return 1;
        } else if (frame instanceof JoinRequestFrame request) {
            return 1 + varInts(request.pathId()) + JoinRequestFrame.NONCE_BYTES;
        } else if (frame instanceof JoinChallengeFrame) {
            return 1 + JoinRequestFrame.NONCE_BYTES + JoinRequestFrame.MAC_BYTES;
        } else if (frame instanceof JoinResponseFrame) {
            return 1 + JoinRequestFrame.MAC_BYTES;
        }
        throw new IllegalArgumentException(frame.toString());
    }

    private static int acknowledgement(CumulativeAckFrame ack) {
        long[] ranges = ack.ranges();
        int bytes = varInts(ack.nextExpected(), ack.maxDataBytes(), ack.subflowFrames())
                + varInts(ack.ackDelayMicros(), ranges.length / 2);
        long previous = ack.nextExpected();
        for (long bound : ranges) {
            bytes += varInts(bound - previous);
            previous = bound;
        }
        return bytes;
    }

    private static int varInts(long... values) {
        int bytes = 0;
        for (long value : values) {
            bytes += VarInt.encodedLength(value);
        }
        return bytes;
    }
}
