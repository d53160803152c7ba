package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Turns the bytes of a subflow into one {@link Preface} and then {@link Frame}s. Who receives a {@link DataFrame}
 * releases it. Payloads are not copied once they are worth it: they are slices of the read buffers.
 *
 * <p>Bytes that break the protocol make one {@link MultipathProtocolException} go through the pipeline, after all the
 * messages before them. From then on everything that arrives is discarded. A subflow that ends inside its preface or a
 * frame makes one go through just before the channel becomes inactive.
 *
 * <p>The decoder consumes every byte as it arrives and keeps no read buffer. It belongs to one channel and runs on its
 * event loop.
 */
public final class MultipathFrameDecoder extends ByteToMessageDecoder {
    private enum State {
        /** The preface's first byte comes next. */
        VERSION,
        /** Inside the preface, after the version. */
        CONNECTION_ID,
        /** At the beginning of a frame, or inside its payload size. */
        PAYLOAD_SIZE,
        /** After a frame's payload size, before the end of its number. */
        FRAME_NUMBER,
        /** After a data frame's header. */
        PAYLOAD,
        /** The peer broke the protocol: there is no telling where the next frame begins. */
        FAILED
    }

    private final int maxPayloadBytes;
    private final VarIntReader varInt = new VarIntReader();
    private final PayloadAssembler payload = new PayloadAssembler();

    private State state = State.VERSION;
    /** Bytes consumed since the subflow began. */
    private long streamOffset;
    /** Where the current message begins. */
    private long messageOffset;

    private int connectionIdBytes;
    private long connectionIdHigh;
    private long connectionIdLow;
    private int payloadBytes;
    private long frameNumber;

    /** A decoder that accepts payloads of up to {@link DataFrame#MAX_PAYLOAD_BYTES}. */
    public MultipathFrameDecoder() {
        this(DataFrame.MAX_PAYLOAD_BYTES);
    }

    /**
     * A decoder with a limit of its own.
     *
     * @param maxPayloadBytes the largest payload to accept, 1 to {@link DataFrame#MAX_PAYLOAD_BYTES}
     * @throws IllegalArgumentException if the limit is out of that range
     */
    public MultipathFrameDecoder(int maxPayloadBytes) {
        if (maxPayloadBytes < 1 || maxPayloadBytes > DataFrame.MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "maxPayloadBytes " + maxPayloadBytes + " is not in 1.." + DataFrame.MAX_PAYLOAD_BYTES);
        }
        this.maxPayloadBytes = maxPayloadBytes;
        // Nothing is ever left over to cumulate; unlike the merging one, this cumulator passes composites on uncopied.
        setCumulator(COMPOSITE_CUMULATOR);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (state == State.FAILED) {
            in.skipBytes(in.readableBytes());
            return;
        }
        int start = in.readerIndex();
        MultipathMessage message;
        try {
            message = tryDecode(ctx.alloc(), in);
        } catch (MultipathProtocolException e) {
            fail();
            in.skipBytes(in.readableBytes());
            throw e;
        } finally {
            streamOffset += in.readerIndex() - start;
        }
        if (message != null) {
            messageOffset = streamOffset;
            out.add(message);
        }
    }

    @Override
    protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        long receivedBytes = streamOffset - messageOffset;
        if (state == State.FAILED || receivedBytes == 0) {
            return;
        }
        boolean insidePreface = state == State.CONNECTION_ID;
        fail();
        // Fired and not thrown, because Netty would pass on a thrown one only after channelInactive.
        ctx.fireExceptionCaught(
                insidePreface
                        ? new TruncatedPrefaceException(receivedBytes)
                        : new TruncatedFrameException(receivedBytes, messageOffset));
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        fail();
    }

    private void fail() {
        state = State.FAILED;
        payload.release();
    }

    /** Reads to the end of the current message or of what arrived, whichever comes first; null is the latter. */
    private MultipathMessage tryDecode(ByteBufAllocator allocator, ByteBuf in) {
        return switch (state) {
            case VERSION, CONNECTION_ID -> tryDecodePreface(in);
            case PAYLOAD_SIZE, FRAME_NUMBER -> tryDecodeHeader(in) ? frame(allocator, in) : null;
            case PAYLOAD -> tryDecodePayload(allocator, in);
            case FAILED -> null;
        };
    }

    private Preface tryDecodePreface(ByteBuf in) {
        if (state == State.VERSION) {
            int version = in.readUnsignedByte();
            if (version != Preface.VERSION) {
                throw new UnexpectedVersionException(version);
            }
            state = State.CONNECTION_ID;
        }
        while (connectionIdBytes < ConnectionId.LENGTH && in.isReadable()) {
            connectionIdHigh = (connectionIdHigh << Byte.SIZE) | (connectionIdLow >>> (Long.SIZE - Byte.SIZE));
            connectionIdLow = (connectionIdLow << Byte.SIZE) | in.readUnsignedByte();
            connectionIdBytes++;
        }
        if (connectionIdBytes < ConnectionId.LENGTH) {
            return null;
        }
        state = State.PAYLOAD_SIZE;
        return new Preface(new ConnectionId(connectionIdHigh, connectionIdLow));
    }

    private boolean tryDecodeHeader(ByteBuf in) {
        if (state == State.PAYLOAD_SIZE) {
            if (!varInt.read(in)) {
                return false;
            }
            if (varInt.value() > maxPayloadBytes) {
                throw new FrameTooLargeException(varInt.value(), maxPayloadBytes, messageOffset);
            }
            payloadBytes = (int) varInt.value();
            state = State.FRAME_NUMBER;
        }
        if (!varInt.read(in)) {
            return false;
        }
        frameNumber = varInt.value();
        return true;
    }

    private Frame frame(ByteBufAllocator allocator, ByteBuf in) {
        boolean reserved = frameNumber < DataFrame.FIRST_FRAME_NUMBER;
        if (payloadBytes == 0) {
            state = State.PAYLOAD_SIZE;
            return reserved ? ControlFrame.of((int) frameNumber) : new AckFrame(frameNumber);
        }
        if (reserved) {
            throw new ReservedFrameNumberException(frameNumber, payloadBytes, messageOffset);
        }
        payload.begin(payloadBytes);
        state = State.PAYLOAD;
        return tryDecodePayload(allocator, in);
    }

    private DataFrame tryDecodePayload(ByteBufAllocator allocator, ByteBuf in) {
        ByteBuf complete = payload.read(allocator, in);
        if (complete == null) {
            return null;
        }
        state = State.PAYLOAD_SIZE;
        return new DataFrame(frameNumber, complete);
    }
}
