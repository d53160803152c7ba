package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetAddress;

/** The bytes of extended frames. Every value of theirs fits into {@link ExtendedFrame#MAX_PAYLOAD_BYTES}. */
final class ExtendedFrameEncoding {
    static final int JOIN_REQUEST = 1;
    static final int JOIN_CHALLENGE = 2;
    static final int JOIN_RESPONSE = 3;

    static final int ADDRESS_ADD = 1;
    static final int ADDRESS_REMOVE = 2;

    static final int PATH_STATUS = 1;
    static final int PATH_CLOSE = 2;
    static final int PATH_SUSPECT = 3;
    static final int PATH_SOCKET = 4;

    static final int EXTENSION_GOING_AWAY = 2;

    static final int FAMILY_IPV4 = 4;
    static final int FAMILY_IPV6 = 6;
    static final int IPV4_BYTES = 4;
    static final int IPV6_BYTES = 16;

    static final int STATUS_AVAILABLE = 0;
    static final int STATUS_BACKUP = 1;

    private static final int KIND_BYTES = 1;
    private static final int FAMILY_BYTES = 1;
    private static final int PORT_BYTES = 2;
    private static final int STATUS_BYTES = 1;

    private ExtendedFrameEncoding() {}

    static ExtendedFrameType type(ExtendedFrame frame) {
        if (frame instanceof CumulativeAckFrame) {
            return ExtendedFrameType.ACK;
        } else if (frame instanceof HelloFrame) {
            return ExtendedFrameType.HELLO;
        } else if (frame instanceof FinFrame) {
            return ExtendedFrameType.FIN;
        } else if (frame instanceof ResetFrame) {
            return ExtendedFrameType.RESET;
        } else if (frame instanceof AddAddressFrame || frame instanceof RemoveAddressFrame) {
            return ExtendedFrameType.ADDRESS;
        } else if (frame instanceof PathStatusFrame
                || frame instanceof PathCloseFrame
                || frame instanceof PathSuspectFrame
                || frame instanceof PathSocketFrame) {
            return ExtendedFrameType.PATH;
        } else if (frame instanceof GoingAwayFrame) {
            return ExtendedFrameType.EXTENSION;
        } else {
            return ExtendedFrameType.JOIN;
        }
    }

    /** How many bytes {@link #writePayload} writes. */
    static int payloadBytes(ExtendedFrame frame) {
        if (frame instanceof CumulativeAckFrame ack) {
            return ackBytes(ack);
        } else if (frame instanceof HelloFrame hello) {
            int keyBytes = keyBytes(hello);
            return VarInt.encodedLength(hello.minorVersion())
                    + VarInt.encodedLength(hello.features())
                    + VarInt.encodedLength(hello.maxDataBytes())
                    + VarInt.encodedLength(hello.resumptionTimeoutMillis())
                    + VarInt.encodedLength(hello.maxSubflows())
                    + VarInt.encodedLength(keyBytes)
                    + keyBytes;
        } else if (frame instanceof FinFrame fin) {
            return VarInt.encodedLength(fin.frameNumber());
        } else if (frame instanceof ResetFrame reset) {
            return VarInt.encodedLength(reset.code()) + ByteBufUtil.utf8Bytes(reset.reason());
        } else if (frame instanceof AddAddressFrame add) {
            return KIND_BYTES
                    + VarInt.encodedLength(add.sequence())
                    + VarInt.encodedLength(add.addressId())
                    + FAMILY_BYTES
                    + add.address().getAddress().getAddress().length
                    + PORT_BYTES;
        } else if (frame instanceof RemoveAddressFrame remove) {
            return KIND_BYTES + VarInt.encodedLength(remove.sequence()) + VarInt.encodedLength(remove.addressId());
        } else if (frame instanceof PathStatusFrame status) {
            return KIND_BYTES
                    + VarInt.encodedLength(status.sequence())
                    + VarInt.encodedLength(status.pathId())
                    + STATUS_BYTES;
        } else if (frame instanceof PathCloseFrame close) {
            return KIND_BYTES
                    + VarInt.encodedLength(close.pathId())
                    + VarInt.encodedLength(close.code())
                    + ByteBufUtil.utf8Bytes(close.reason());
        } else if (frame instanceof PathSuspectFrame suspect) {
            return KIND_BYTES + VarInt.encodedLength(suspect.pathId());
        } else if (frame instanceof PathSocketFrame socket) {
            return KIND_BYTES + VarInt.encodedLength(socket.group());
        } else if (frame instanceof GoingAwayFrame) {
            return VarInt.encodedLength(EXTENSION_GOING_AWAY);
        } else if (frame instanceof JoinRequestFrame request) {
            return KIND_BYTES + VarInt.encodedLength(request.pathId()) + JoinRequestFrame.NONCE_BYTES;
        } else if (frame instanceof JoinChallengeFrame) {
            return KIND_BYTES + JoinRequestFrame.NONCE_BYTES + JoinRequestFrame.MAC_BYTES;
        } else {
            return KIND_BYTES + JoinRequestFrame.MAC_BYTES;
        }
    }

    /** Appends what is behind the header. */
    static void writePayload(ExtendedFrame frame, ByteBuf out) {
        if (frame instanceof CumulativeAckFrame ack) {
            writeAck(ack, out);
        } else if (frame instanceof HelloFrame hello) {
            writeHello(hello, out);
        } else if (frame instanceof FinFrame fin) {
            VarInt.write(out, fin.frameNumber());
        } else if (frame instanceof ResetFrame reset) {
            VarInt.write(out, reset.code());
            writeReason(reset.reason(), out);
        } else if (frame instanceof AddAddressFrame add) {
            writeAddAddress(add, out);
        } else if (frame instanceof RemoveAddressFrame remove) {
            out.writeByte(ADDRESS_REMOVE);
            VarInt.write(out, remove.sequence());
            VarInt.write(out, remove.addressId());
        } else if (frame instanceof PathStatusFrame status) {
            out.writeByte(PATH_STATUS);
            VarInt.write(out, status.sequence());
            VarInt.write(out, status.pathId());
            out.writeByte(status.backup() ? STATUS_BACKUP : STATUS_AVAILABLE);
        } else if (frame instanceof PathCloseFrame close) {
            out.writeByte(PATH_CLOSE);
            VarInt.write(out, close.pathId());
            VarInt.write(out, close.code());
            writeReason(close.reason(), out);
        } else if (frame instanceof PathSuspectFrame suspect) {
            out.writeByte(PATH_SUSPECT);
            VarInt.write(out, suspect.pathId());
        } else if (frame instanceof PathSocketFrame socket) {
            out.writeByte(PATH_SOCKET);
            VarInt.write(out, socket.group());
        } else if (frame instanceof GoingAwayFrame) {
            VarInt.write(out, EXTENSION_GOING_AWAY);
        } else if (frame instanceof JoinRequestFrame request) {
            out.writeByte(JOIN_REQUEST);
            VarInt.write(out, request.pathId());
            request.clientNonce().write(out);
        } else if (frame instanceof JoinChallengeFrame challenge) {
            out.writeByte(JOIN_CHALLENGE);
            challenge.serverNonce().write(out);
            challenge.mac().write(out);
        } else if (frame instanceof JoinResponseFrame response) {
            out.writeByte(JOIN_RESPONSE);
            response.mac().write(out);
        }
    }

    /** Of one without ranges. */
    static int ackBytes(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        return VarInt.encodedLength(nextExpected)
                + VarInt.encodedLength(maxDataBytes)
                + VarInt.encodedLength(subflowFrames)
                + VarInt.encodedLength(ackDelayMicros)
                + VarInt.encodedLength(0);
    }

    /** One without ranges. */
    static void writeAck(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros, ByteBuf out) {
        VarInt.write(out, nextExpected);
        VarInt.write(out, maxDataBytes);
        VarInt.write(out, subflowFrames);
        VarInt.write(out, ackDelayMicros);
        VarInt.write(out, 0);
    }

    private static int ackBytes(CumulativeAckFrame ack) {
        long[] ranges = ack.ranges();
        int bytes = VarInt.encodedLength(ack.nextExpected())
                + VarInt.encodedLength(ack.maxDataBytes())
                + VarInt.encodedLength(ack.subflowFrames())
                + VarInt.encodedLength(ack.ackDelayMicros())
                + VarInt.encodedLength(ranges.length / 2);
        long previous = ack.nextExpected();
        for (long bound : ranges) {
            bytes += VarInt.encodedLength(bound - previous);
            previous = bound;
        }
        return bytes;
    }

    private static void writeAck(CumulativeAckFrame ack, ByteBuf out) {
        long[] ranges = ack.ranges();
        VarInt.write(out, ack.nextExpected());
        VarInt.write(out, ack.maxDataBytes());
        VarInt.write(out, ack.subflowFrames());
        VarInt.write(out, ack.ackDelayMicros());
        VarInt.write(out, ranges.length / 2);
        long previous = ack.nextExpected();
        for (long bound : ranges) {
            // Gaps and lengths take turns.
            VarInt.write(out, bound - previous);
            previous = bound;
        }
    }

    private static int keyBytes(HelloFrame hello) {
        return hello.sessionKey() == null ? 0 : HelloFrame.SESSION_KEY_BYTES;
    }

    private static void writeHello(HelloFrame hello, ByteBuf out) {
        VarInt.write(out, hello.minorVersion());
        VarInt.write(out, hello.features());
        VarInt.write(out, hello.maxDataBytes());
        VarInt.write(out, hello.resumptionTimeoutMillis());
        VarInt.write(out, hello.maxSubflows());
        VarInt.write(out, keyBytes(hello));
        if (hello.sessionKey() != null) {
            hello.sessionKey().write(out);
        }
    }

    private static void writeAddAddress(AddAddressFrame add, ByteBuf out) {
        InetAddress address = add.address().getAddress();
        byte[] bytes = address.getAddress();
        out.writeByte(ADDRESS_ADD);
        VarInt.write(out, add.sequence());
        VarInt.write(out, add.addressId());
        out.writeByte(bytes.length == IPV4_BYTES ? FAMILY_IPV4 : FAMILY_IPV6);
        out.writeBytes(bytes);
        out.writeShort(add.address().getPort());
    }

    /** {@link ByteBufUtil#writeUtf8} would want room for the most that so many characters can have. */
    private static void writeReason(String reason, ByteBuf out) {
        ByteBufUtil.reserveAndWriteUtf8(out, reason, ByteBufUtil.utf8Bytes(reason));
    }
}
