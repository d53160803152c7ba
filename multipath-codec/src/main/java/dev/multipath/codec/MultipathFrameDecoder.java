package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
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
 * <p>{@link ExtendedFrame}s are accepted once {@link ControlFrame#EXTENDED} has come on the subflow. Those of a type or
 * kind that is not known here are skipped.
 *
 * <p>Preface and frames are made in one handler, which consumes every byte as it arrives: payloads that have not come whole are
 * collected as slices, not copied into a cumulator. It belongs to one channel and runs on its event loop.
 *
 * <p>It collects no data for who may not send any ({@link #holdData}). At the first data frame that has not come whole it stops
 * reading and asks; the session answers, over event loops if need be: the peer is a member, it breaks the rules, or it has just
 * shown that it speaks the base profile.
 */
public final class MultipathFrameDecoder extends ByteToMessageDecoder {
    /** What becomes of data frames that are not small and whole. */
    private enum DataRule {
        ADMIT,
        HOLD,
        REFUSE
    }

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
        /** After a data frame's header, on a subflow that may have no right to send any. */
        HELD,
        /** After an extended frame's header. */
        EXTENDED_PAYLOAD,
        /** The peer broke the protocol: there is no telling where the next frame begins. */
        FAILED
    }

    /**
     * A user event: a decoder that {@linkplain #holdData() holds data} has come to a data frame that has not arrived whole.
     * It reads no more until {@link #admitData} is called.
     */
    public static final Object DATA_HELD = new Object() {
        @Override
        public String toString() {
            return "DATA_HELD";
        }
    };

    private final int maxPayloadBytes;
    private final VarIntReader varInt = new VarIntReader();
    private final PayloadAssembler payload = new PayloadAssembler();
    private final UsualAck ack = new UsualAck();

    private State state = State.VERSION;
    /** Bytes consumed since the subflow began. */
    private long streamOffset;
    /** How many messages have ended. */
    private long messages;
    /** Where the current message begins. */
    private long messageOffset;

    private int connectionIdBytes;
    private long connectionIdHigh;
    private long connectionIdLow;
    private int payloadBytes;
    private long frameNumber;
    /** Whether the peer has said on this subflow that it speaks the extended profile. */
    private boolean extended;

    /** Of the last data frame, header included; and the same if the one before it was as large, else 0. */
    private int lastFrameBytes;

    private int steadyFrameBytes;

    private DataRule dataRule = DataRule.ADMIT;

    /** Null if all frames go through the pipeline. */
    private FrameReceiver receiver;

    private boolean decoding;
    private ChannelHandlerContext context;

    /** A decoder that accepts payloads of up to {@link DataFrame#MAX_PAYLOAD_BYTES}. */
    public MultipathFrameDecoder() {
        this(DataFrame.MAX_PAYLOAD_BYTES);
    }

    /**
     * A decoder with a limit of its own. That of extended frames is {@link ExtendedFrame#MAX_PAYLOAD_BYTES}, if this one
     * is not lower.
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

    /**
     * Nothing is collected for a data frame until {@link #admitData}: its sender has yet to prove that it belongs to a session.
     * Small ones that arrive whole go through. At any other, {@link #DATA_HELD} goes through the pipeline, once, and if data are
     * not admitted by that, the channel is not read any more.
     *
     * @return this
     */
    public MultipathFrameDecoder holdData() {
        dataRule = DataRule.HOLD;
        return this;
    }

    /**
     * Data frames are collected from now on. What was held goes through the pipeline; {@code AUTO_READ} is the caller's to set.
     * Only on the channel's event loop.
     */
    public void admitData() {
        dataRule = DataRule.ADMIT;
        if (state == State.HELD) {
            state = State.PAYLOAD;
            decodeHeld();
        }
    }

    /**
     * Data frames that were not admitted never will be: what is held goes, and what comes from it on is skipped, so that the
     * channel can be read to its end. Without effect if they were admitted. Only on the channel's event loop.
     */
    public void refuseData() {
        if (dataRule == DataRule.ADMIT) {
            return;
        }
        dataRule = DataRule.REFUSE;
        if (state == State.HELD) {
            fail();
            decodeHeld();
        }
    }

    /**
     * From now on the usual frames go straight to a receiver, past whoever is behind this one. Only on the channel's event loop.
     *
     * @param newReceiver whose they are
     */
    public void receiver(FrameReceiver newReceiver) {
        receiver = newReceiver;
    }

    /** {@return what is held of a message that has not arrived whole, in bytes of memory} Only on the channel's event loop. */
    public long heldBytes() {
        return payload.heldBytes() + (state == State.HELD ? internalBuffer().capacity() : 0);
    }

    /**
     * {@return how many messages have come whole since the subflow began, those included that were skipped} Only on the channel's
     * event loop.
     */
    public long messages() {
        return messages;
    }

    /** {@return how many bytes have come, those included that were skipped} Only on the channel's event loop. */
    public long receivedBytes() {
        return streamOffset;
    }

    /**
     * How many bytes are to come to the end of the data frame that has begun; between two, to that of the next one. A read of so
     * many brings its payload in one piece, which is spared to be put together. Only on the channel's event loop.
     *
     * @param minFrameBytes of frames that are worth it
     * @return 0 if there is no telling, because the last two data frames were not of one size, or were smaller
     */
    public int missingBytes(int minFrameBytes) {
        if (steadyFrameBytes < minFrameBytes) {
            return 0;
        }
        return switch (state) {
            case PAYLOAD_SIZE -> streamOffset == messageOffset ? steadyFrameBytes : 0;
            case PAYLOAD -> payload.missingBytes();
            default -> 0;
        };
    }

    private void decodeHeld() {
        if (decoding) {
            return;
        }
        try {
            channelRead(context, Unpooled.EMPTY_BUFFER);
        } catch (Exception e) {
            context.fireExceptionCaught(e);
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Who has turned off {@code AUTO_READ} reads on himself: with a receiver no message tells of a read, and what is held would pile up. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (receiver == null && state != State.HELD) {
            super.channelReadComplete(ctx);
        } else {
            discardSomeReadBytes();
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        decoding = true;
        try {
            decodeMore(ctx, in, out);
        } finally {
            decoding = false;
        }
    }

    private void decodeMore(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (state == State.FAILED) {
            in.skipBytes(in.readableBytes());
            return;
        }
        int start = in.readerIndex();
        boolean ended;
        try {
            ended = tryDecode(ctx, in, out);
        } catch (MultipathProtocolException e) {
            fail();
            in.skipBytes(in.readableBytes());
            throw e;
        } finally {
            streamOffset += in.readerIndex() - start;
        }
        if (ended) {
            messageOffset = streamOffset;
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

    /**
     * Reads to the end of the current message or of what arrived, whichever comes first.
     *
     * @return whether the message has ended, and is in the list, if it is not one to skip
     */
    private boolean tryDecode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        return switch (state) {
            case VERSION, CONNECTION_ID -> tryDecodePreface(in, out);
            case PAYLOAD_SIZE, FRAME_NUMBER -> tryDecodeHeader(in) && tryDecodeBody(ctx, in, out);
            case PAYLOAD -> tryDecodeData(ctx.alloc(), in, out);
            case EXTENDED_PAYLOAD -> tryDecodeExtended(ctx.alloc(), in, out);
            case HELD, FAILED -> false;
        };
    }

    private boolean tryDecodePreface(ByteBuf in, List<Object> out) {
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
            return false;
        }
        return ended(new Preface(new ConnectionId(connectionIdHigh, connectionIdLow)), out);
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

    private boolean tryDecodeBody(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        boolean reserved = frameNumber < DataFrame.FIRST_FRAME_NUMBER;
        if (payloadBytes == 0) {
            return ended(reserved ? control((int) frameNumber) : new AckFrame(frameNumber), out);
        }
        if (!reserved) {
            payload.begin(payloadBytes);
            int frameBytes = VarInt.encodedLength(payloadBytes) + VarInt.encodedLength(frameNumber) + payloadBytes;
            steadyFrameBytes = frameBytes == lastFrameBytes ? frameBytes : 0;
            lastFrameBytes = frameBytes;
            state = dataRule == DataRule.ADMIT || isSmallAndWhole(in) ? State.PAYLOAD : State.HELD;
            if (state == State.HELD && dataRule == DataRule.REFUSE) {
                fail();
            } else if (state == State.HELD) {
                ctx.fireUserEventTriggered(DATA_HELD);
            }
            if (state == State.HELD) {
                // Nobody has admitted it at once.
                ctx.channel().config().setAutoRead(false);
            }
            return state == State.PAYLOAD && tryDecodeData(ctx.alloc(), in, out);
        }
        requireExtended();
        if (in.readableBytes() >= payloadBytes) {
            return readUsualAck(in, out) || ended(readExtendedFrame(in), out);
        }
        payload.begin(payloadBytes);
        state = State.EXTENDED_PAYLOAD;
        return tryDecodeExtended(ctx.alloc(), in, out);
    }

    private boolean isSmallAndWhole(ByteBuf in) {
        return payloadBytes <= PayloadAssembler.RETAIN_THRESHOLD_BYTES && in.readableBytes() >= payloadBytes;
    }

    private ControlFrame control(int number) {
        ControlFrame frame = ControlFrame.of(number);
        extended |= frame.isExtended();
        return frame;
    }

    private void requireExtended() {
        if (!extended || frameNumber < ExtendedFrameType.FIRST_NUMBER) {
            throw new ReservedFrameNumberException(frameNumber, payloadBytes, messageOffset);
        }
        if (payloadBytes > ExtendedFrame.MAX_PAYLOAD_BYTES) {
            throw new FrameTooLargeException(payloadBytes, ExtendedFrame.MAX_PAYLOAD_BYTES, messageOffset);
        }
    }

    private boolean tryDecodeData(ByteBufAllocator allocator, ByteBuf in, List<Object> out) {
        ByteBuf complete = payload.read(allocator, in);
        if (complete != null) {
            ended(receiver == null ? new DataFrame(frameNumber, complete) : null, out);
            if (receiver != null) {
                receiver.onData(frameNumber, complete);
            }
        }
        return complete != null;
    }

    private boolean tryDecodeExtended(ByteBufAllocator allocator, ByteBuf in, List<Object> out) {
        ByteBuf complete = payload.read(allocator, in);
        if (complete == null) {
            return false;
        }
        try {
            return ended(extendedFrame(complete), out);
        } finally {
            complete.release();
        }
    }

    /** All of it is there: the buffer ends behind it meanwhile, as a slice would be garbage. */
    private ExtendedFrame readExtendedFrame(ByteBuf in) {
        int writerIndex = in.writerIndex();
        int endIndex = in.readerIndex() + payloadBytes;
        in.writerIndex(endIndex);
        try {
            return extendedFrame(in);
        } finally {
            in.setIndex(endIndex, writerIndex);
        }
    }

    /** Whether it is an acknowledgement as most are, with which all is done then. */
    private boolean readUsualAck(ByteBuf in, List<Object> out) {
        if (frameNumber != ExtendedFrameType.ACK.number() || !ack.read(in, payloadBytes)) {
            return false;
        }
        ended(receiver == null ? ack.toFrame() : null, out);
        if (receiver != null) {
            ack.tell(receiver);
        }
        return true;
    }

    /** Null if the frame is to be skipped. */
    private ExtendedFrame extendedFrame(ByteBuf complete) {
        return new ExtendedFrameDecoding(ExtendedFrameType.of((int) frameNumber), complete, messageOffset).decode();
    }

    private boolean ended(MultipathMessage message, List<Object> out) {
        state = State.PAYLOAD_SIZE;
        messages++;
        return message == null || out.add(message);
    }
}
