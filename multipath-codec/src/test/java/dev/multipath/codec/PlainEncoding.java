package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** A second encoder, of the plainest kind. It can write what the protocol allows and {@link MultipathFrameEncoder} avoids. */
final class PlainEncoding {
    private final int longer;
    private final Random behind;

    private PlainEncoding(int longer, Random behind) {
        this.longer = longer;
        this.behind = behind;
    }

    /** As the protocol's encoder does. */
    static PlainEncoding shortest() {
        return new PlainEncoding(0, null);
    }

    /** With varints up to three steps longer than they need to be, and now and then bytes behind the known fields. */
    static PlainEncoding anyForm(Random random) {
        return new PlainEncoding(random.nextInt(4), random);
    }

    void write(MultipathMessage message, ByteBuf out) {
        if (message instanceof Preface preface) {
            out.writeByte(preface.version());
            out.writeLong(preface.connectionId().mostSignificantBits());
            out.writeLong(preface.connectionId().leastSignificantBits());
        } else if (message instanceof DataFrame data) {
            varInts(out, data.payload().readableBytes(), data.frameNumber());
            out.writeBytes(data.payload().duplicate());
        } else if (message instanceof AckFrame ack) {
            varInts(out, 0, ack.frameNumber());
        } else if (message instanceof ControlFrame control) {
            varInts(out, 0, control.number());
        } else {
            ByteBuf payload = Unpooled.buffer();
            int type = writePayload((ExtendedFrame) message, payload);
            if (behind != null && type != 6 && !(message instanceof PathCloseFrame)) {
                payload.writeBytes(Bytes.random(behind.nextLong(), behind.nextInt(8)));
            }
            writeExtended(type, payload, out);
        }
    }

    void writeExtended(int type, ByteBuf payload, ByteBuf out) {
        varInts(out, payload.readableBytes(), type);
        out.writeBytes(payload);
    }

    /** Returns the type. */
    private int writePayload(ExtendedFrame message, ByteBuf out) {
        if (message instanceof HelloFrame hello) {
            varInts(out, hello.minorVersion(), hello.features(), hello.maxDataBytes());
            varInts(out, hello.resumptionTimeoutMillis(), hello.maxSubflows());
            byte[] key = hello.sessionKey() == null
                    ? new byte[0]
                    : hello.sessionKey().toByteArray();
            varInts(out, key.length);
            out.writeBytes(key);
            return 2;
        } else if (message instanceof CumulativeAckFrame ack) {
            varInts(out, ack.nextExpected(), ack.maxDataBytes(), ack.subflowFrames(), ack.ackDelayMicros());
            varInts(out, ack.ranges().length / 2);
            long end = ack.nextExpected();
            for (int i = 0; i < ack.ranges().length; i += 2) {
                varInts(out, ack.ranges()[i] - end, ack.ranges()[i + 1] - ack.ranges()[i]);
                end = ack.ranges()[i + 1];
            }
            return 3;
        } else if (message instanceof JoinRequestFrame request) {
            varInts(out.writeByte(1), request.pathId());
            out.writeBytes(request.clientNonce().toByteArray());
            return 4;
        } else if (message instanceof JoinChallengeFrame challenge) {
            out.writeByte(2).writeBytes(challenge.serverNonce().toByteArray());
            out.writeBytes(challenge.mac().toByteArray());
            return 4;
        } else if (message instanceof JoinResponseFrame response) {
            out.writeByte(3).writeBytes(response.mac().toByteArray());
            return 4;
        } else if (message instanceof FinFrame fin) {
            varInts(out, fin.frameNumber());
            return 5;
        } else if (message instanceof ResetFrame reset) {
            varInts(out, reset.code());
            out.writeCharSequence(reset.reason(), StandardCharsets.UTF_8);
            return 6;
        } else if (message instanceof AddAddressFrame add) {
            byte[] address = add.address().getAddress().getAddress();
            varInts(out.writeByte(1), add.sequence(), add.addressId());
            out.writeByte(address.length == 4 ? 4 : 6).writeBytes(address);
            out.writeShort(add.address().getPort());
            return 7;
        } else if (message instanceof RemoveAddressFrame remove) {
            varInts(out.writeByte(2), remove.sequence(), remove.addressId());
            return 7;
        } else if (message instanceof PathStatusFrame status) {
            varInts(out.writeByte(1), status.sequence(), status.pathId());
            out.writeByte(status.backup() ? 1 : 0);
            return 8;
        } else if (message instanceof PathCloseFrame close) {
            varInts(out.writeByte(2), close.pathId(), close.code());
            out.writeCharSequence(close.reason(), StandardCharsets.UTF_8);
            return 8;
        } else if (message instanceof PathSuspectFrame suspect) {
            varInts(out.writeByte(3), suspect.pathId());
            return 8;
        } else if (message instanceof PathSocketFrame socket) {
            varInts(out.writeByte(4), socket.group());
            return 8;
        }
        if (message instanceof GoingAwayFrame) {
            varInts(out, 2);
            return 9;
        }
        throw new IllegalArgumentException("no encoding of " + message);
    }

    private void varInts(ByteBuf out, long... values) {
        for (long value : values) {
            varInt(value, out);
        }
    }

    private void varInt(long value, ByteBuf out) {
        int shortest = 0;
        while (shortest < 3 && value >>> (8 * (1 << shortest) - 2) != 0) {
            shortest++;
        }
        int prefix = Math.min(3, shortest + longer);
        int length = 1 << prefix;
        for (int i = length - 1; i >= 0; i--) {
            int bits = (int) (value >>> (8 * i)) & 0xff;
            out.writeByte(i == length - 1 ? bits | prefix << 6 : bits);
        }
    }
}
