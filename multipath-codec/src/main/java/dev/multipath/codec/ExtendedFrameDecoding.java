package dev.multipath.codec;

import static dev.multipath.codec.ExtendedFrameEncoding.ADDRESS_ADD;
import static dev.multipath.codec.ExtendedFrameEncoding.ADDRESS_REMOVE;
import static dev.multipath.codec.ExtendedFrameEncoding.EXTENSION_GOING_AWAY;
import static dev.multipath.codec.ExtendedFrameEncoding.FAMILY_IPV4;
import static dev.multipath.codec.ExtendedFrameEncoding.FAMILY_IPV6;
import static dev.multipath.codec.ExtendedFrameEncoding.IPV4_BYTES;
import static dev.multipath.codec.ExtendedFrameEncoding.IPV6_BYTES;
import static dev.multipath.codec.ExtendedFrameEncoding.JOIN_CHALLENGE;
import static dev.multipath.codec.ExtendedFrameEncoding.JOIN_REQUEST;
import static dev.multipath.codec.ExtendedFrameEncoding.JOIN_RESPONSE;
import static dev.multipath.codec.ExtendedFrameEncoding.PATH_CLOSE;
import static dev.multipath.codec.ExtendedFrameEncoding.PATH_SOCKET;
import static dev.multipath.codec.ExtendedFrameEncoding.PATH_STATUS;
import static dev.multipath.codec.ExtendedFrameEncoding.PATH_SUSPECT;
import static dev.multipath.codec.ExtendedFrameEncoding.STATUS_AVAILABLE;
import static dev.multipath.codec.ExtendedFrameEncoding.STATUS_BACKUP;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads one extended frame. Bytes behind the fields are left alone: a newer peer's.
 *
 * @param type         what the payload is of
 * @param payload      all of it; not released here
 * @param streamOffset where the frame begins, for exceptions
 */
record ExtendedFrameDecoding(ExtendedFrameType type, ByteBuf payload, long streamOffset) {

    /**
     * The frame.
     *
     * @return null if it is of a type or kind that is to be skipped
     * @throws MalformedFrameException if a field is missing or out of its range
     */
    ExtendedFrame decode() {
        return switch (type) {
            case HELLO -> hello();
            case ACK -> ack();
            case JOIN -> join();
            case FIN -> new FinFrame(readFrameNumber("frame number"));
            case RESET -> new ResetFrame(readVarInt("code"), readReason());
            case ADDRESS -> address();
            case PATH -> path();
            case EXTENSION -> extension();
        };
    }

    private HelloFrame hello() {
        return new HelloFrame(
                readVarInt("minor version"),
                readVarInt("features"),
                readVarInt("max data"),
                readVarInt("resumption time-out"),
                readVarInt("max subflows"),
                readKey());
    }

    private OpaqueBytes readKey() {
        long length = readVarInt("key length");
        if (length == 0) {
            return null;
        }
        if (length != HelloFrame.SESSION_KEY_BYTES) {
            throw malformed("key of " + length + " bytes, neither 0 nor " + HelloFrame.SESSION_KEY_BYTES);
        }
        return readOpaque(HelloFrame.SESSION_KEY_BYTES, "key");
    }

    private CumulativeAckFrame ack() {
        long nextExpected = readFrameNumber("next expected");
        long maxData = readVarInt("max data");
        long subflowFrames = readVarInt("subflow frames");
        long ackDelay = readVarInt("ack delay");
        long rangeCount = readVarInt("range count");
        if (rangeCount == 0) {
            return new CumulativeAckFrame(nextExpected, maxData, subflowFrames, ackDelay);
        }
        if (rangeCount > CumulativeAckFrame.MAX_RANGES) {
            throw malformed(rangeCount + " ranges, more than " + CumulativeAckFrame.MAX_RANGES);
        }
        long[] ranges = readRanges((int) rangeCount, nextExpected);
        return new CumulativeAckFrame(nextExpected, maxData, ranges, subflowFrames, ackDelay);
    }

    private long[] readRanges(int count, long nextExpected) {
        long[] bounds = new long[2 * count];
        long bound = nextExpected;
        for (int i = 0; i < bounds.length; i++) {
            String field = i % 2 == 0 ? "gap" : "length";
            long step = readVarInt(field);
            if (step == 0) {
                throw malformed(field + " 0 in range " + i / 2);
            }
            // Both are below 2^62, so the sum is no overflow.
            bound += step;
            if (bound > VarInt.MAX_VALUE) {
                throw malformed("range " + i / 2 + " goes beyond " + VarInt.MAX_VALUE);
            }
            bounds[i] = bound;
        }
        return bounds;
    }

    private ExtendedFrame join() {
        int kind = readByte("kind");
        return switch (kind) {
            case JOIN_REQUEST -> {
                long pathId = readVarInt("path id");
                if (pathId == 0) {
                    throw malformed("path id 0 in a request");
                }
                yield new JoinRequestFrame(pathId, readOpaque(JoinRequestFrame.NONCE_BYTES, "client nonce"));
            }
            case JOIN_CHALLENGE ->
                new JoinChallengeFrame(
                        readOpaque(JoinRequestFrame.NONCE_BYTES, "server nonce"),
                        readOpaque(JoinRequestFrame.MAC_BYTES, "mac"));
            case JOIN_RESPONSE -> new JoinResponseFrame(readOpaque(JoinRequestFrame.MAC_BYTES, "mac"));
            default -> throw malformed("unknown kind " + kind);
        };
    }

    private ExtendedFrame address() {
        return switch (readByte("kind")) {
            case ADDRESS_ADD ->
                new AddAddressFrame(readVarInt("sequence"), readVarInt("address id"), readSocketAddress());
            case ADDRESS_REMOVE -> new RemoveAddressFrame(readVarInt("sequence"), readVarInt("address id"));
            default -> null;
        };
    }

    private InetSocketAddress readSocketAddress() {
        int family = readByte("family");
        byte[] bytes =
                switch (family) {
                    case FAMILY_IPV4 -> readBytes(IPV4_BYTES, "address");
                    case FAMILY_IPV6 -> readBytes(IPV6_BYTES, "address");
                    default -> throw malformed("family " + family);
                };
        requireBytes(Short.BYTES, "port");
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), payload.readUnsignedShort());
        } catch (UnknownHostException e) {
            throw new AssertionError("an address may have " + bytes.length + " bytes", e);
        }
    }

    private ExtendedFrame path() {
        return switch (readByte("kind")) {
            case PATH_STATUS -> new PathStatusFrame(readVarInt("sequence"), readVarInt("path id"), readBackup());
            case PATH_CLOSE -> new PathCloseFrame(readVarInt("path id"), readVarInt("code"), readReason());
            case PATH_SUSPECT -> new PathSuspectFrame(readVarInt("path id"));
            case PATH_SOCKET -> new PathSocketFrame(readVarInt("group"));
            default -> null;
        };
    }

    private boolean readBackup() {
        int status = readByte("status");
        return switch (status) {
            case STATUS_AVAILABLE -> false;
            case STATUS_BACKUP -> true;
            default -> throw malformed("status " + status);
        };
    }

    /** Of one that is not known nothing is looked at, be it cut. */
    private ExtendedFrame extension() {
        return VarInt.tryRead(payload) == EXTENSION_GOING_AWAY ? new GoingAwayFrame() : null;
    }

    /** The rest of the payload. */
    private String readReason() {
        int length = payload.readableBytes();
        if (length > ResetFrame.MAX_REASON_BYTES) {
            throw malformed("reason of " + length + " bytes is longer than " + ResetFrame.MAX_REASON_BYTES);
        }
        if (length == 0) {
            return "";
        }
        try {
            // Unlike String's constructor and ByteBuf.toString, a fresh decoder puts nothing in the place of wrong
            // bytes.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(readBytes(length, "reason")))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed("reason is not UTF-8");
        }
    }

    private long readFrameNumber(String field) {
        long number = readVarInt(field);
        if (number < DataFrame.FIRST_FRAME_NUMBER) {
            throw malformed(field + " " + number + " is below " + DataFrame.FIRST_FRAME_NUMBER);
        }
        return number;
    }

    private long readVarInt(String field) {
        long value = VarInt.tryRead(payload);
        if (value == VarInt.INCOMPLETE) {
            throw tooShort(field);
        }
        return value;
    }

    private int readByte(String field) {
        requireBytes(1, field);
        return payload.readUnsignedByte();
    }

    private OpaqueBytes readOpaque(int length, String field) {
        requireBytes(length, field);
        return OpaqueBytes.read(payload, length);
    }

    private byte[] readBytes(int length, String field) {
        requireBytes(length, field);
        byte[] bytes = new byte[length];
        payload.readBytes(bytes);
        return bytes;
    }

    private void requireBytes(int length, String field) {
        if (payload.readableBytes() < length) {
            throw tooShort(field);
        }
    }

    private MalformedFrameException tooShort(String field) {
        return malformed("payload ends before the end of its " + field);
    }

    private MalformedFrameException malformed(String problem) {
        return new MalformedFrameException(type, problem, streamOffset);
    }
}
